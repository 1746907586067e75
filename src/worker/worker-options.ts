import type { QueueName } from '../contract/tasks.js';
import type { WorkerPresence } from '../engine/operations/worker-ports.js';
import type { Broker, Clock, Files, Store } from '../engine/ports.js';
import type { Tracer } from '../engine/tracing.js';
import type { WorkerControl } from './control.js';

/** What the worker says about itself; pino's loggers fit. */
export interface WorkerLog {
  debug?(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WorkerOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly files: Files;
  readonly clock: Clock;
  /** What the machine thinks that the time is, for others to see how wrong it is; `clock` unless given. */
  readonly systemClock?: Clock;
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
  /** Hears what becomes of tasks, and may steer the worker. */
  readonly presence?: WorkerPresence;
  /** Where others find a stored file: an address without secrets. */
  readonly addressOf?: (file: string) => string;
  readonly log?: WorkerLog;
  readonly tracer?: Tracer;
}

export interface Worker extends WorkerControl {
  /** Registers, warms the spare children and takes deliveries. @throws AppError `DATABASE_UNAVAILABLE`, `BROKER_UNAVAILABLE` */
  start(): Promise<void>;
  /**
   * Takes no new delivery, lets every running step write a checkpoint and hands it back; after `graceMs` without
   * the checkpoint. Resolves when no child is left. Safe to call twice.
   */
  stop(): Promise<void>;
  /** Resolves once it has stopped, whoever asked for it. */
  readonly stopped: Promise<void>;
}
