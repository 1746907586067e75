/** Webhooks as the engine composes them: what is noticed, what is called, and what became of it. */
import type {
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookDeliveryQuery,
  WebhookEventType,
} from '../../contract/webhooks.js';
import { own } from '../metrics/catalogue.js';
import { Counter } from '../metrics/instruments.js';
import type { Clock, DeliveryRecord, Store } from '../ports.js';
import type { Repeated } from '../repeat.js';
import { deliverTo } from './deliver.js';
import { noticeEvents } from './notice.js';
import type { WebhookCaller } from './ports.js';

export interface WebhookTargets {
  urls: readonly string[];
  events: readonly WebhookEventType[];
  /** Signs every call. */
  secret: string;
  /** Of this program, for those who are called. */
  version: string;
  caller: WebhookCaller;
}

const noticeMs = 2_000;
const deliverMs = 5_000;
const tidyMs = 60 * 60_000;
const day = 24 * 3600 * 1000;
/** Deliveries that ended are shown for a week; longer than the log is looked back at, or a loss could be told twice. */
const shownForMs = 7 * day;
/** No call is pending for as long as this, unless its address is not among the targets any more. */
const pendingForMs = 2 * day;

type Round = (everyMs: number, name: string, work: () => Promise<unknown>) => Repeated;

export interface Webhooks {
  /** Begins to notice and to call, where there are targets. */
  start(round: Round): void;
  list(query: WebhookDeliveryQuery): Promise<WebhookDeliveryList>;
  readonly calls: Counter;
}

export function createWebhooks(context: {
  store: Store;
  clock: Clock;
  silentAfterMs: number;
  targets: WebhookTargets | null;
  log?: { warn(details: object, text: string): void } | undefined;
}): Webhooks {
  const { store, clock, targets, log } = context;
  const calls = new Counter(own.webhookCalls);

  return {
    calls,
    start(round) {
      if (targets === null || targets.urls.length === 0) return;
      const delivering = { ...targets, store, clock, calls, log };
      const urls = [...new Set(targets.urls)];
      const deliverers = urls.map((url) =>
        round(deliverMs, 'the calls of a webhook', () => deliverTo(delivering, url)),
      );
      round(noticeMs, 'the watch for events of webhooks', async () => {
        const noticed = await noticeEvents({ ...context, ...targets, urls });
        if (noticed > 0) for (const deliverer of deliverers) deliverer.wake();
      }).wake();
      round(tidyMs, 'the tidying of webhooks', () => {
        const now = clock.now().getTime();
        return store.tidyDeliveries(new Date(now - shownForMs), new Date(now - pendingForMs));
      });
    },
    async list({ status, limit, cursor }) {
      const before = cursor === undefined ? undefined : Number(cursor);
      const found = await store.listDeliveries({ status, before, limit: limit + 1 });
      const items = found.slice(0, limit).map(deliveryEntity);
      return { items, nextCursor: found.length > limit ? String(items.at(-1)?.id ?? 0) : null };
    },
  };
}

function deliveryEntity(record: DeliveryRecord): WebhookDelivery {
  const { id, key, event, url, attempts, lastStatus, lastError, createdAt, dueAt, deliveredAt } = record;
  return {
    id,
    event,
    url: new URL(url).origin,
    status: deliveredAt !== null ? 'delivered' : dueAt !== null ? 'pending' : 'given_up',
    eventId: key.slice(0, -url.length - 1),
    createdAt: createdAt.toISOString(),
    attempts,
    dueAt: dueAt?.toISOString() ?? null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
    lastStatus,
    lastError,
  };
}
