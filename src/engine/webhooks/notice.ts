/**
 * Notices what webhooks want to hear of, and records a delivery for each address.
 *
 * Nothing is written where the events happen: a chain's own statements stay as short as they are. The ends of
 * workflows are read from the log, each once, and the deliveries are in the transaction that ends the reading; lost
 * workers are looked for in their table, and the key of a delivery makes sure that each loss is told once. So an event
 * is told although whoever caused it, and whoever noticed it first, was killed in the next moment.
 */
import { renderError } from '../../contract/messages/render.js';
import type { WebhookEvent, WebhookEventType } from '../../contract/webhooks.js';
import type { ChainEvent, Clock, LostWorker, NewDelivery, Store } from '../ports.js';
import { summaryEntity } from '../render.js';

const reader = 'webhooks';
/** Older events are not told any more: nobody has listened for them. */
const oldestMs = 24 * 3600 * 1000;

export interface NoticeContext {
  store: Store;
  clock: Clock;
  urls: readonly string[];
  events: readonly WebhookEventType[];
  silentAfterMs: number;
}

/** Answers how many deliveries are new. */
export async function noticeEvents(context: NoticeContext): Promise<number> {
  return (await noticeEnds(context)) + (await noticeLostWorkers(context));
}

async function noticeEnds(context: NoticeContext): Promise<number> {
  const { store, clock } = context;
  let noticed = 0;
  for (;;) {
    const reading = await store.readLog(reader);
    if (reading === null) return noticed;
    const since = clock.now().getTime() - oldestMs;
    const deliveries: NewDelivery[] = [];
    for (const line of reading.events) {
      if (line.at.getTime() < since) continue;
      const event = await eventOf(context, line);
      if (event !== null) deliveries.push(...deliveriesOf(context, event));
    }
    const ended = await store.endReading(reader, reading, {}, deliveries, clock.now());
    if (!ended) return noticed;
    noticed += deliveries.length;
    if (!reading.more) return noticed;
  }
}

async function eventOf({ store, events }: NoticeContext, line: ChainEvent): Promise<WebhookEvent | null> {
  const type = typeOf(line);
  if (type === null || !events.includes(type)) return null;
  const found = await store.findWorkflow(line.workflowId);
  if (found === null) return null;
  // It may have been taken up again since: it is told as this event left it.
  const status = type === 'workflow.completed' ? ('COMPLETED' as const) : ('FAILED' as const);
  const { steps: _, ...workflow } = summaryEntity({ ...found, status, completedAt: line.at });
  const common = { id: `${type}-${line.workflowId}-${line.id}`, at: line.at.toISOString(), workflow };
  if (type === 'workflow.completed') return { ...common, type };
  const { code, ...params } = line.params;
  return { ...common, type, step: line.step, error: renderError('en', { code: String(code), params }) };
}

function typeOf({ code }: ChainEvent): 'workflow.completed' | 'workflow.failed' | null {
  if (code === 'workflowCompleted') return 'workflow.completed';
  return code === 'stepFailed' ? 'workflow.failed' : null;
}

async function noticeLostWorkers(context: NoticeContext): Promise<number> {
  const { store, clock, events, silentAfterMs } = context;
  if (!events.includes('worker.lost')) return 0;
  const lost = await store.lostWorkers(oldestMs, silentAfterMs);
  if (lost.length === 0) return 0;
  const deliveries = lost.flatMap((worker) => deliveriesOf(context, lossOf(worker)));
  return store.insertDeliveries(deliveries, clock.now());
}

/** A worker that comes back and is lost again is another loss: it has been heard of since. */
function lossOf({ startedAt, heartbeatAt, ...worker }: LostWorker): WebhookEvent {
  return {
    type: 'worker.lost',
    id: `worker.lost-${worker.name}-${heartbeatAt.getTime()}`,
    at: heartbeatAt.toISOString(),
    worker: { ...worker, startedAt: startedAt.toISOString(), heartbeatAt: heartbeatAt.toISOString() },
  };
}

const deliveriesOf = ({ urls }: NoticeContext, event: WebhookEvent): NewDelivery[] =>
  urls.map((url) => ({ key: `${event.id} ${url}`, event: event.type, url, payload: event }));
