/** What operators see of queues, and do to them: of the broker, and of what the database remembers. */
import type { ErrorParams } from '../../contract/errors.js';
import type { WorkflowRecord } from '../records.js';
import type { TaskRecord } from './task-ports.js';

/** A queue as its broker counts it. */
export interface QueueCount {
  name: string;
  ready: number;
  unacked: number;
  consumers: number;
  /** The broker's word. */
  state: string;
  /** Messages a second. */
  publishRate: number | null;
  ackRate: number | null;
}

export interface QueueConsumer {
  tag: string;
  prefetch: number;
  /** Where it comes from; null: from this process. */
  address: string | null;
  /** The process that consumes, where it is one of ours. */
  host: string | null;
  pid: number | null;
}

export interface InspectedQueue extends QueueCount {
  arguments: Record<string, string | number | boolean>;
  policy: string | null;
  consumersOf: QueueConsumer[];
}

export interface DeadLetter {
  taskId: string | null;
  name: string | null;
  /** Queue that it came from, and why it left it. */
  from: string | null;
  reason: string | null;
  at: Date | null;
  body: string;
}

/** Why the broker does not tell its figures. Passwords are not in it. */
export interface BrokerFault {
  code: 'MANAGEMENT_UNREACHABLE' | 'MANAGEMENT_REFUSES' | 'MANAGEMENT_SLOW' | 'MANAGEMENT_RUBBISH';
  params: ErrorParams;
}

export type Told<Answer> = { ok: true; answer: Answer } | { ok: false; fault: BrokerFault };

export interface BrokerQueues {
  readonly kind: 'memory' | 'rabbitmq';
  /** Name of the queue of dead letters. */
  readonly dead: string;
  /** All of our queues, and what the broker complains of (such as `memory`), because of which it takes no messages. */
  count(): Promise<Told<{ queues: QueueCount[]; alarms: string[] }>>;
  /** How many dead letters there are, also where figures are not to be had; null: neither is this. */
  countDead(): Promise<number | null>;
  /** Null: there is no queue of this name, or it is none of ours. */
  inspect(name: string): Promise<Told<InspectedQueue | null>>;
  /** The first of the dead letters; they stay where they are, in their order. @throws AppError `BROKER_UNAVAILABLE` */
  peekDead(limit: number): Promise<DeadLetter[]>;
  /** Drops all messages that are ready, and answers how many there were. @throws AppError `QUEUE_NOT_FOUND`, `BROKER_UNAVAILABLE` */
  purge(name: string): Promise<number>;
  /**
   * Puts the dead letters that are there now back, each as it is into the queue that it came from, and answers how
   * many went. Those that came from nowhere, or whose queue is gone, stay. A move that breaks off loses none; the one
   * that was on its way may be in both queues. @throws AppError `BROKER_UNAVAILABLE`
   */
  moveDead(): Promise<number>;
}

/** A queue as the database knows it: by the steps that wait for it and run. */
export interface QueueBacklog {
  name: string;
  ready: number;
  unacked: number;
  consumers: number;
}

/** Times are the database's own. */
export interface QueueSampleRow {
  at: Date;
  ready: number;
  unacked: number;
  consumers: number;
  publishRate: number | null;
  ackRate: number | null;
  oldestWaitMs: number | null;
}

export interface QueueStore {
  /** How long the first task that waits for each of these queues has waited since it was due; null where none does. */
  oldestWaits(names: readonly string[], now: Date): Promise<Record<string, number | null>>;
  /** `silentAfterMs`: workers silent for longer consume nothing. */
  queueBacklog(names: readonly string[], silentAfterMs: number, now: Date): Promise<QueueBacklog[]>;
  /** Tasks that wait for a queue, in the order in which they will be taken. */
  nextTasks(name: string, limit: number, now: Date): Promise<TaskRecord[]>;
  /** False: somebody has recorded samples within this stretch of some ten seconds. */
  queueSampleDue(): Promise<boolean>;
  /** Of servers that come at once, one is heard. */
  recordQueues(samples: readonly (Omit<QueueSampleRow, 'at'> & { queue: string })[]): Promise<void>;
  /** The workflows that were created last, the newest first. */
  recentWorkflows(limit: number): Promise<WorkflowRecord[]>;
  /** Of the last hour, oldest first. */
  queueSamples(name: string): Promise<QueueSampleRow[]>;
}
