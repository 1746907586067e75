/** What metrics and webhooks need of the database. */
import type { StepName } from '../../contract/entities.js';
import type { ErrorParams } from '../../contract/errors.js';
import type { WebhookEventType } from '../../contract/webhooks.js';

/** Lines of a workflow's log that say how its chain went on. */
export const chainEventCodes = [
  'workflowCreated',
  'stepQueued',
  'stepStarted',
  'stepCompleted',
  'stepRetrying',
  'workerLost',
  'stepFailed',
  'stepCancelled',
  'workflowCompleted',
] as const;
type ChainEventCode = (typeof chainEventCodes)[number];

export interface ChainEvent {
  id: number;
  workflowId: number;
  at: Date;
  code: ChainEventCode;
  step: StepName | null;
  /** With `stepQueued`: the step was handed back by the attempt of this number. */
  attempt: number | null;
  params: ErrorParams;
  /** The one before it of the same step; `at` in milliseconds since 1970. */
  before: { code: ChainEventCode; at: number; params: ErrorParams } | null;
}

/** A stretch of the log that is settled: no line will ever appear in it any more. */
export interface LogReading {
  from: number;
  to: number;
  /** There is more that could be read at once. */
  more: boolean;
  events: ChainEvent[];
  /** What the reader kept with the end of its last reading; `{}` at first. */
  totals: unknown;
}

/** What the database knows at this moment. Times are seconds. */
export interface Figures {
  queues: {
    queue: string;
    ready: number;
    unacked: number;
    consumers: number;
    /** Workers online that take from it, busy or not. */
    workers: number;
    ageSeconds: number;
  }[];
  steps: { step: StepName; queued: number; running: number; oldestWaitSeconds: number }[];
  workflows: { status: string; count: number; held: number }[];
  workers: { status: 'online' | 'draining' | 'lost' | 'offline'; count: number; slots: number; active: number }[];
  outbox: { messages: number; oldestSeconds: number };
  deliveries: { status: DeliveryStatus; count: number }[];
  /** What the reader of the log has counted. */
  totals: unknown;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'given_up';

export interface NewDelivery {
  /** One event and one address: whoever notices the same event makes the same key. */
  key: string;
  event: WebhookEventType;
  url: string;
  payload: unknown;
}

export interface DeliveryRecord {
  id: number;
  key: string;
  event: WebhookEventType;
  url: string;
  payload: unknown;
  createdAt: Date;
  dueAt: Date | null;
  attempts: number;
  deliveredAt: Date | null;
  lastStatus: number | null;
  lastError: string | null;
}

export interface LostWorker {
  name: string;
  host: string;
  pid: number;
  version: string;
  /** Steps that it ran when it was last heard of. */
  active: number;
  startedAt: Date;
  heartbeatAt: Date;
}

export interface MachineStore {
  /** What was settled since this reader last ended a reading; null: nothing. A new reader begins where the log ends. */
  readLog(reader: string): Promise<LogReading | null>;
  /** False: another server was quicker, and nothing was recorded. Deliveries whose key is known are left out. */
  endReading(
    reader: string,
    reading: LogReading,
    totals: unknown,
    deliveries: readonly NewDelivery[],
    now: Date,
  ): Promise<boolean>;
  /** @param silentAfterMs workers not heard of for so long, by the database's clock, are lost */
  figures(reader: string, silentAfterMs: number, now: Date): Promise<Figures>;

  /** Workers that were heard of within `withinMs`, not within `silentAfterMs`, and have not signed off. */
  lostWorkers(withinMs: number, silentAfterMs: number): Promise<LostWorker[]>;
  insertDeliveries(deliveries: readonly NewDelivery[], now: Date): Promise<number>;
  /** Due deliveries to this address, oldest first, each counted as tried; nobody else is given them before `until`. */
  takeDeliveries(url: string, limit: number, until: Date, now: Date): Promise<DeliveryRecord[]>;
  /** What came of a call: `dueAt` null when it is delivered or given up. */
  endDelivery(
    id: number,
    end: { deliveredAt: Date | null; dueAt: Date | null; status: number | null; error: string | null },
  ): Promise<void>;
  listDeliveries(query: {
    status?: DeliveryStatus | undefined;
    before?: number | undefined;
    limit: number;
  }): Promise<DeliveryRecord[]>;
  /** Forgets those that ended before `ended`, and gives up those that have been pending since before `pending`. */
  tidyDeliveries(ended: Date, pending: Date): Promise<void>;
}
