/**
 * Calls those addresses that are due, at least once each. A call is counted before it is made, and is due again should
 * this process die meanwhile.
 */
import type { Counter } from '../metrics/instruments.js';
import type { Clock, DeliveryRecord, Store } from '../ports.js';
import type { WebhookCaller } from './ports.js';
import { signatureOf } from './sign.js';

/** Calls to one address at a time. */
const atOnce = 4;
/** Longer than any call takes: then whoever made it is gone. */
const takenForMs = 60_000;

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
/** Pauses after each failed call; together a little more than a day. */
export const pausesMs = [
  10 * seconds,
  30 * seconds,
  1 * minutes,
  5 * minutes,
  15 * minutes,
  30 * minutes,
  1 * hours,
  2 * hours,
  4 * hours,
  8 * hours,
  9 * hours,
] as const;

export interface DeliverContext {
  store: Store;
  clock: Clock;
  caller: WebhookCaller;
  secret: string;
  version: string;
  calls: Counter;
  log?: { warn(details: object, text: string): void } | undefined;
}

/** Makes the calls to one address that are due, so that one that hangs holds up no other. */
export async function deliverTo(context: DeliverContext, url: string): Promise<void> {
  const { store, clock } = context;
  for (;;) {
    const now = clock.now();
    const taken = await store.takeDeliveries(url, atOnce, new Date(now.getTime() + takenForMs), now);
    await Promise.all(taken.map((delivery) => deliver(context, delivery)));
    if (taken.length < atOnce) return;
  }
}

async function deliver(context: DeliverContext, delivery: DeliveryRecord): Promise<void> {
  const { store, clock, calls, log } = context;
  const { status, error } = await call(context, delivery);
  calls.add([error === null ? 'delivered' : 'failed']);
  if (error === null) return store.endDelivery(delivery.id, { deliveredAt: clock.now(), dueAt: null, status, error });
  const pauseMs = pausesMs[delivery.attempts - 1];
  const dueAt = pauseMs === undefined ? null : new Date(clock.now().getTime() + pauseMs);
  log?.warn(
    { event: delivery.event, delivery: delivery.id, attempt: delivery.attempts, status, detail: error, dueAt },
    dueAt === null ? 'a webhook was given up' : 'a webhook could not be delivered; it is tried again',
  );
  await store.endDelivery(delivery.id, { deliveredAt: null, dueAt, status, error });
}

async function call(
  { caller, clock, secret, version }: DeliverContext,
  { id, url, event, payload }: DeliveryRecord,
): Promise<{ status: number | null; error: string | null }> {
  const body = JSON.stringify(payload);
  const headers = {
    'content-type': 'application/json',
    'user-agent': `zincir/${version}`,
    'zincir-event': event,
    'zincir-delivery': String(id),
    'zincir-signature': signatureOf(secret, body, clock.now()),
  };
  try {
    const status = await caller.post(url, headers, body);
    if (status >= 200 && status < 300) return { status, error: null };
    return { status, error: status >= 300 && status < 400 ? 'it redirects, which is not followed' : `HTTP ${status}` };
  } catch (thrown) {
    return { status: null, error: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
