/** A workflow as it changes: server-sent events that resume by themselves, polling where they do not come through. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LiveEvent } from '../contract/api.js';
import type { Step, WorkflowStatus } from '../contract/entities.js';
import { AppError, toAppError } from '../contract/errors.js';
import { type Client, ProblemError } from './client.js';
import { createSseParser } from './sse.js';

/** Between two questions while polling. */
export const pollMs = 2000;
/** Streams that break in a row, without one event, before polling takes over. */
const streamTries = 3;
/** Polls that fail in a row before the server counts as gone: a minute. */
const pollTries = 30;
/** A stream without a byte for this long (the server sends comments) is held up somewhere between. */
const silenceMs = 45_000;

export interface WatchOptions {
  /** Ends the watching; the generator then returns. */
  signal: AbortSignal;
  /** Called when the connection breaks, and when polling takes over. */
  trouble(kind: 'reconnecting' | 'polling'): void;
}

/** What has been seen, so that a new connection or a poll goes on where the last one stopped. */
interface Position {
  lastEventId: string | null;
  epoch: number;
  logId: number;
  ended: boolean;
}

const hasEnded = (status: WorkflowStatus): boolean =>
  status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';

/**
 * Yields what happens to a workflow until it has ended or the signal comes.
 * @throws ProblemError where the server refuses (such as an unknown id), AppError `SERVER_UNREACHABLE` when it stays away
 */
export async function* watchWorkflow(client: Client, id: number, options: WatchOptions): AsyncGenerator<LiveEvent> {
  const position: Position = { lastEventId: null, epoch: 0, logId: 0, ended: false };
  let broken = 0;
  while (!position.ended && !options.signal.aborted) {
    if (broken >= streamTries) {
      options.trouble('polling');
      yield* pollWorkflow(client, id, position, options);
      return;
    }
    let retryMs = 500 * 2 ** broken;
    try {
      for await (const event of streamEvents(client, id, position, options.signal, (ms) => {
        retryMs = ms;
      })) {
        broken = 0;
        note(position, event);
        yield event;
        if (position.ended) return;
      }
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof ProblemError && error.problem.status < 500) throw error;
    }
    if (options.signal.aborted) return;
    broken += 1;
    if (broken === 1) options.trouble('reconnecting');
    await pause(retryMs, options.signal);
  }
}

function note(position: Position, event: LiveEvent): void {
  if (event.type === 'status') position.ended = hasEnded(event.data.status);
  else if (event.type === 'metrics') position.epoch = event.data.items.at(-1)?.epoch ?? position.epoch;
  else if (event.type === 'log') position.logId = event.data.items.at(-1)?.id ?? position.logId;
}

async function* streamEvents(
  client: Client,
  id: number,
  position: Position,
  signal: AbortSignal,
  setRetry: (ms: number) => void,
): AsyncGenerator<LiveEvent> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const response = await client.request(`/api/workflows/${id}/events`, {
      headers: {
        accept: 'text/event-stream',
        ...(position.lastEventId === null ? {} : { 'last-event-id': position.lastEventId }),
      },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw new AppError('SERVER_UNREACHABLE', { url: client.url });
    }
    const parser = createSseParser();
    const decoder = new TextDecoder();
    for await (const bytes of response.body) {
      timer.refresh();
      for (const message of parser.push(decoder.decode(bytes, { stream: true }))) {
        if (message.id !== '') position.lastEventId = message.id;
        const event = parseEvent(message.event, message.data);
        if (event) yield event;
      }
      if (parser.retryMs !== null) setRetry(parser.retryMs);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Null for an event that this version does not know: a newer server may send more. */
function parseEvent(type: string, data: string): LiveEvent | null {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return null;
  }
  const parsed = LiveEvent.safeParse({ type, data: json });
  return parsed.success ? parsed.data : null;
}

async function* pollWorkflow(client: Client, id: number, position: Position, options: WatchOptions) {
  const seen = new Map<Step['name'], string>();
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      for (const event of await pollOnce(client, id, position, seen)) {
        note(position, event);
        yield event;
      }
      failures = 0;
    } catch (error) {
      failures += 1;
      const gone = error instanceof ProblemError ? error.problem.status < 500 : failures >= pollTries;
      if (gone) throw error instanceof ProblemError ? error : toAppError(error);
    }
    if (position.ended) return;
    await pause(pollMs, options.signal);
  }
}

/** The status comes last: when it says that the workflow has ended, everything before it has been seen. */
async function pollOnce(client: Client, id: number, position: Position, seen: Map<Step['name'], string>) {
  const workflow = await client.workflow(id);
  const [metrics, logs] = [await client.metrics(id, position.epoch), await client.logs(id, position.logId)];
  const events: LiveEvent[] = [];
  for (const step of workflow.steps) {
    const now = JSON.stringify(step);
    if (seen.get(step.name) !== now) events.push({ type: 'step', data: step });
    seen.set(step.name, now);
  }
  if (metrics.length > 0) events.push({ type: 'metrics', data: { items: metrics } });
  if (logs.length > 0) events.push({ type: 'log', data: { items: logs } });
  events.push({ type: 'status', data: workflow });
  return events;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
