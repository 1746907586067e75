import type { QueueName } from '../contract/tasks.js';
import type { Broker, Clock, Files, Store } from '../engine/ports.js';

/** What the worker says about itself; pino's loggers fit. */
export interface WorkerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WorkerOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly files: Files;
  readonly clock: Clock;
  /** Node name, `zincir@<host>-<pid>` by default. */
  readonly name: string;
  readonly host: string;
  readonly version: string;
  readonly queues: readonly QueueName[];
  /** Steps at a time, over all queues together. */
  readonly concurrency: number;
  /** Path of the script that calls `runChild`. */
  readonly childEntry: string;
  /** All that a child finds in its environment, beside the few variables that the system needs. */
  readonly childEnv: Readonly<Record<string, string>>;
  /** How long a running step may take to write a checkpoint when the worker stops. */
  readonly graceMs: number;
  /** Limit of a child's JavaScript heap in MiB; unset: Node's own. */
  readonly childMemoryMb?: number;
  /** A step is presumed lost this long after the last renewal of its lease; 30 s unless given. */
  readonly leaseMs?: number;
  /** A step that takes longer than this fails; no limit unless given. */
  readonly stepTimeoutMs?: number;
  readonly log?: WorkerLog;
}

export interface Worker {
  /** Registers, warms the spare children and takes deliveries. @throws AppError `DATABASE_UNAVAILABLE`, `BROKER_UNAVAILABLE` */
  start(): Promise<void>;
  /**
   * Takes no new delivery, lets every running step write a checkpoint and hands it back; after `graceMs` without
   * the checkpoint. Resolves when no child is left. Safe to call twice.
   */
  stop(): Promise<void>;
}
