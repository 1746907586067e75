/**
 * Follows one workflow: pushed events first, asking every two seconds where events do not come through,
 * and neither once the workflow has ended.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { LiveEvent } from '../../contract/api.js';
import type { Workflow } from '../../contract/entities.js';
import { fetchLogs, fetchMetrics, fetchWorkflow, workflowQuery } from '../api/queries.js';
import {
  applyEvent,
  applyHistory,
  applyWorkflow,
  hasEnded,
  type Link,
  type LiveState,
  notePace,
  startLive,
} from './live-state.js';

const pollEveryMs = 2000;
/** The page is drawn at most this often, however many events come. */
const drawEveryMs = 120;
/** A connection that stays silent this long is doubted: nothing happens, a proxy holds events back, or the server hangs. */
const silenceMs = 5000;
const eventTypes = ['status', 'step', 'metrics', 'log'] as const;

/** `workflow` is where to start from; a new `run` (after a retry) starts anew. */
export function useLiveWorkflow(workflow: Workflow, run: number): LiveState {
  const queries = useQueryClient();
  const [state, setState] = useState(() => startLive(workflow));
  const { id } = workflow;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the workflow itself is only where the following starts.
  useEffect(() => {
    const follower = new Follower(workflow, setState, (latest) =>
      queries.setQueryData(workflowQuery(id).queryKey, latest),
    );
    follower.start();
    return () => follower.stop();
  }, [id, run, queries]);

  return state.workflow.id === id ? state : startLive(workflow);
}

class Follower {
  #state: LiveState;
  readonly #draw: (state: LiveState) => void;
  readonly #keep: (workflow: Workflow) => void;
  readonly #stopped = new AbortController();
  #source: EventSource | null = null;
  /** Events come through here, so a stream is worth another try once the server is back. */
  #streamed = false;
  #drawTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(workflow: Workflow, draw: (state: LiveState) => void, keep: (workflow: Workflow) => void) {
    this.#state = startLive(workflow);
    this.#draw = draw;
    this.#keep = keep;
  }

  start(): void {
    this.#draw(this.#state);
    void this.#begin();
  }

  /** Listens, or is done, only once all that happened before is known: no event tells it again. */
  async #begin(): Promise<void> {
    for (let known = await this.#catchUp(); !known; known = await this.#ask()) {
      if (this.#stopped.signal.aborted) return;
      this.#link('away');
      await pause(pollEveryMs, this.#stopped.signal);
    }
    if (this.#stopped.signal.aborted) return;
    if (hasEnded(this.#state.workflow.status)) return this.#link('ended');
    this.#link('connecting');
    this.#listen();
  }

  stop(): void {
    this.#stopped.abort();
    this.#close();
    clearTimeout(this.#drawTimer);
  }

  #set(state: LiveState): void {
    this.#state = state;
    this.#drawTimer ??= setTimeout(() => {
      this.#drawTimer = undefined;
      this.#draw(this.#state);
    }, drawEveryMs);
  }

  #link(link: Link): void {
    if (this.#state.link !== link) this.#set({ ...this.#state, link });
  }

  #listen(): void {
    const source = new EventSource(`/api/workflows/${this.#state.workflow.id}/events`);
    this.#source = source;
    this.#expectSign();
    // What came between the catching up and the opening is asked for, whether or not the server tells it again.
    source.onopen = () => void this.#catchUp();
    source.onerror = () => this.#fallBack();
    for (const type of eventTypes) {
      source.addEventListener(type, (message) => this.#receive(type, message.data));
    }
  }

  #expectSign(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => void this.#breakSilence(this.#source), silenceMs);
  }

  /** Where events did come, asking tells whether nothing happens or nobody is there. */
  async #breakSilence(source: EventSource | null): Promise<void> {
    if (this.#state.link !== 'live') return this.#fallBack();
    const reached = await this.#ask();
    if (this.#stopped.signal.aborted || this.#source !== source) return;
    if (!reached) return this.#fallBack(true);
    if (!hasEnded(this.#state.workflow.status)) return this.#expectSign();
    this.#close();
    this.#link('ended');
  }

  #receive(type: LiveEvent['type'], text: string): void {
    const event = LiveEvent.safeParse({ type, data: parseJson(text) });
    if (!event.success) return;
    this.#link('live');
    this.#streamed = true;
    this.#expectSign();
    this.#set(applyEvent(this.#state, event.data, Date.now()));
    if (event.data.type === 'status' && hasEnded(event.data.data.status)) void this.#end();
  }

  /** The stream broke: ask instead. (A stream that ends because the workflow did is found out by the first asking.) */
  #fallBack(lost = false): void {
    if (this.#stopped.signal.aborted) return;
    this.#close();
    void this.#poll(lost);
  }

  /** @param lost the server did not answer when it was asked last */
  async #poll(lost = false): Promise<void> {
    if (lost) this.#link('away');
    while (!this.#stopped.signal.aborted) {
      const reached = await this.#ask();
      if (this.#stopped.signal.aborted) return;
      if (reached && hasEnded(this.#state.workflow.status)) {
        this.#link('ended');
        return;
      }
      if (reached && lost && this.#streamed) {
        this.#link('connecting');
        return this.#listen();
      }
      lost ||= !reached;
      this.#link(reached ? 'polling' : 'away');
      await pause(pollEveryMs, this.#stopped.signal);
    }
  }

  /** Workflow, figures and log as they are now; false where the server did not answer with all of them. */
  async #ask(): Promise<boolean> {
    try {
      const latest = await fetchWorkflow(this.#state.workflow.id, this.#stopped.signal);
      const known = await this.#catchUp();
      this.#set(applyWorkflow(this.#state, latest));
      if (hasEnded(latest.status)) this.#keep(latest);
      return known;
    } catch {
      return false;
    }
  }

  /** The result, the files and the last lines are asked for once the end was told. */
  async #end(): Promise<void> {
    this.#close();
    if (await this.#ask()) this.#link('ended');
    else await this.#poll();
  }

  /** Figures and lines since the last ones known, page by page; false where they could not be read to the end. */
  async #catchUp(): Promise<boolean> {
    const { signal } = this.#stopped;
    const { id } = this.#state.workflow;
    try {
      for (let more = true; more && !signal.aborted; ) {
        const page = await fetchMetrics(id, this.#state.series.lastEpoch, signal);
        this.#set(applyHistory(this.#state, page.items));
        more = page.nextCursor !== null && page.items.length > 0;
      }
      this.#set(notePace(this.#state, Date.now()));
      for (let more = true; more && !signal.aborted; ) {
        const page = await fetchLogs(id, this.#state.logs.at(-1)?.id ?? 0, signal);
        this.#set(applyEvent(this.#state, { type: 'log', data: { items: page.items } }, Date.now()));
        more = page.nextCursor !== null && page.items.length > 0;
      }
      return !signal.aborted;
    } catch (error) {
      if (!signal.aborted) console.warn('figures or log could not be read', error);
      return false;
    }
  }

  #close(): void {
    clearTimeout(this.#silenceTimer);
    this.#source?.close();
    this.#source = null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
