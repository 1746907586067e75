/**
 * What is new of one workflow, read once for all who watch it in one language.
 *
 * The engine's hints only say that something changed. On a hint (at most ten times a second, so that a thousand
 * epochs a second cost ten reads) and every five seconds in any case the feed reads the workflow and what follows
 * its tails, then wakes its watchers. A watcher that is further behind than the tails reach reads by itself.
 */
import type { LogLine, Metric, Step, StepName, WorkflowStatus, WorkflowSummary } from '../../contract/entities.js';
import type { Language } from '../../contract/messages/translate.js';
import type { Engine } from '../../engine/engine.js';
import type { LiveCursor } from './cursor.js';
import { Tail } from './tail.js';

const hintIntervalMs = 100;
const pollIntervalMs = 5_000;
/** At most as many in one event, some 300 KB. */
const metricsPage = 2_000;
const logsPage = 1_000;
/** How far back watchers share what was read. */
const heldPages = 3;

/** What a watcher at some cursor has not seen. */
export interface News {
  metrics: Metric[];
  logs: LogLine[];
  steps: Step[];
  summary: WorkflowSummary | null;
  /** The workflow has ended, and nothing but these news is left to tell. */
  last: boolean;
  cursor: LiveCursor;
}

interface State {
  version: number;
  summary: WorkflowSummary;
  steps: Step[];
}

export class LiveFeed {
  readonly opened: Promise<void>;
  readonly #engine: Engine;
  readonly #id: number;
  readonly #language: Language;
  readonly #onError: (error: unknown) => void;
  readonly #metrics: Tail<Metric>;
  readonly #logs: Tail<LogLine>;
  /** Version of the workflow at which a step was last seen to change. */
  readonly #stepVersions = new Map<StepName, number>();
  #state: State | null = null;
  /** The last pages were full, so there is more to read at once. */
  #more = false;
  #refreshing: Promise<void> | null = null;
  #hintTimer: NodeJS.Timeout | null = null;
  readonly #pollTimer: NodeJS.Timeout;
  #readAt = 0;
  #generation = 0;
  #wakers = new Set<() => void>();
  #unwatch: (() => Promise<void>) | null = null;
  #closed = false;

  constructor(
    engine: Engine,
    id: number,
    language: Language,
    from: LiveCursor,
    onError: (error: unknown) => void = () => {},
  ) {
    this.#engine = engine;
    this.#id = id;
    this.#language = language;
    this.#onError = onError;
    this.#metrics = new Tail((metric) => metric.epoch, from.epoch, heldPages * metricsPage);
    this.#logs = new Tail((line) => line.id, from.logId, heldPages * logsPage);
    this.#pollTimer = setInterval(() => this.#refreshSafely(), pollIntervalMs);
    this.#pollTimer.unref();
    this.opened = this.#open();
  }

  /** Counts the readings; `changed` waits for the one after it. */
  get generation(): number {
    return this.#generation;
  }

  /** The news for a watcher at `cursor`; empty when it has seen all. */
  async news(cursor: LiveCursor): Promise<News> {
    const caughtUp = cursor.epoch >= this.#metrics.end && cursor.logId >= this.#logs.end;
    if (this.#more && caughtUp) await this.#refresh();
    const state = this.#current();
    // The state was read before the tails: what it is the outcome of stands in them, or follows them if `more`.
    const more = this.#more;
    const metrics =
      this.#metrics.after(cursor.epoch, metricsPage) ??
      (await this.#engine.workflows.metrics(this.#id, cursor.epoch, metricsPage));
    const logs =
      this.#logs.after(cursor.logId, logsPage) ??
      (await this.#engine.workflows.logs(this.#id, cursor.logId, logsPage, this.#language));

    const quiet = metrics.length === 0 && logs.length === 0 && !more;
    const ended = hasEnded(state.summary.status);
    // The final status comes last of all, so that a watcher may leave when it sees it.
    const tellState = state.version !== cursor.version && (!ended || quiet);
    return {
      metrics,
      logs,
      steps: tellState ? this.#changedSteps(state, cursor.version) : [],
      summary: tellState ? state.summary : null,
      last: ended && quiet,
      cursor: {
        version: tellState ? state.version : cursor.version,
        epoch: metrics.at(-1)?.epoch ?? cursor.epoch,
        logId: logs.at(-1)?.id ?? cursor.logId,
      },
    };
  }

  /** Resolves after the next reading, at once if there was one since `generation`. */
  changed(generation: number): { promise: Promise<void>; forget(): void } {
    if (generation !== this.#generation || this.#closed) return { promise: Promise.resolve(), forget: () => {} };
    let waker: () => void = () => {};
    const promise = new Promise<void>((resolve) => {
      waker = resolve;
    });
    this.#wakers.add(waker);
    return { promise, forget: () => this.#wakers.delete(waker) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#pollTimer);
    if (this.#hintTimer) clearTimeout(this.#hintTimer);
    this.#wake();
    const unwatch = this.#unwatch;
    this.#unwatch = null;
    await unwatch?.();
  }

  async #open(): Promise<void> {
    // Watching begins before the first reading, so nothing falls between the two.
    const unwatch = await this.#engine.workflows.watch(this.#id, () => this.#hint());
    if (this.#closed) return unwatch();
    this.#unwatch = unwatch;
    await this.#refresh();
  }

  /** A hint is followed at once, but for those within the interval after a reading: they share the next. */
  #hint(): void {
    if (this.#closed || this.#hintTimer) return;
    this.#hintTimer = setTimeout(
      () => {
        this.#hintTimer = null;
        this.#refreshSafely();
      },
      Math.max(0, this.#readAt + hintIntervalMs - performance.now()),
    );
    this.#hintTimer.unref();
  }

  #refreshSafely(): void {
    if (this.#closed || this.#state === null) return;
    this.#refresh().catch(this.#onError);
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    const { workflows } = this.#engine;
    this.#readAt = performance.now();
    const { version, ...summary } = await workflows.summary(this.#id);
    const known = this.#state;
    const steps = known?.version === version ? known.steps : await workflows.steps(this.#id, this.#language);
    const metrics = await workflows.metrics(this.#id, this.#metrics.end, metricsPage);
    const logs = await workflows.logs(this.#id, this.#logs.end, logsPage, this.#language);

    for (const step of steps) {
      const before = known?.steps.find(({ name }) => name === step.name);
      if (JSON.stringify(before) !== JSON.stringify(step)) this.#stepVersions.set(step.name, version);
    }
    this.#metrics.append(metrics);
    this.#logs.append(logs);
    this.#more = metrics.length === metricsPage || logs.length === logsPage;
    this.#state = { version, summary, steps };
    this.#wake();
  }

  #wake(): void {
    this.#generation += 1;
    const wakers = this.#wakers;
    this.#wakers = new Set();
    for (const wake of wakers) wake();
  }

  #changedSteps(state: State, seen: number): Step[] {
    // A version that is yet to come is no version of this workflow.
    if (seen > state.version) return state.steps;
    return state.steps.filter(({ name }) => (this.#stepVersions.get(name) ?? state.version) > seen);
  }

  #current(): State {
    if (this.#state === null) throw new Error('the feed is read before it is open');
    return this.#state;
  }
}

/** Exhaustive, so that a new status must be placed. */
function hasEnded(status: WorkflowStatus): boolean {
  switch (status) {
    case 'PENDING':
    case 'RUNNING':
      return false;
    case 'COMPLETED':
    case 'FAILED':
    case 'CANCELLED':
      return true;
  }
}
