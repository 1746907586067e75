/** What an operator may see of a worker and ask of it, whoever carries the word: the database's commands or Celery's. */
import type { StepName } from '../contract/entities.js';
import type { QueueName } from '../contract/tasks.js';

/** A step that runs here. */
export interface ActiveTask {
  readonly taskId: string;
  readonly workflowId: number;
  readonly stepId: number;
  readonly step: StepName;
  readonly attempt: number;
  readonly startedAt: Date;
  /** Process that runs it; null while there is none yet. */
  readonly pid: number | null;
}

/** `draining`: stopping, its steps are being handed back; `stopped`: all is over. */
export type WorkerState = 'working' | 'quiet' | 'draining' | 'stopped';

export interface WorkerSnapshot {
  readonly name: string;
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly queues: readonly QueueName[];
  readonly state: WorkerState;
  readonly slots: number;
  readonly active: readonly ActiveTask[];
  /** Attempts that ended here since it started, however they did; `failed` and `retried` are among them. */
  readonly processed: number;
  readonly failed: number;
  readonly retried: number;
  /** The same by step. */
  readonly processedBySteps: Readonly<Partial<Record<StepName, number>>>;
  /** Load averages of the machine over 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number];
  /** Resident memory of this process, and of all its children; null where the system does not tell. */
  readonly hostBytes: number;
  readonly childrenBytes: number | null;
  readonly childPids: readonly number[];
  readonly startedAt: Date;
}

/** `running`: it runs here, and was to be ended only if it did not; `unknown`: not here. */
export type Revoked = 'terminated' | 'running' | 'unknown';

/** Most slots that a worker can have. */
export const mostSlots = 256;

export interface WorkerControl {
  readonly name: string;
  snapshot(): WorkerSnapshot;
  /** Up to `mostSlots`. Answers the slots that there are now. */
  grow(slots: number): number;
  /** Down to one; a step that runs is not cut, its slot goes when it ends. Answers the slots that there are now. */
  shrink(slots: number): number;
  /** Takes from this queue too, or nothing more from it; what runs goes on. False: it was so before. */
  takeUp(queue: QueueName): boolean;
  giveUp(queue: QueueName): boolean;
  /** Takes nothing new; what runs goes on. */
  quiet(): void;
  resume(): void;
  /**
   * As `stop`: drains, and tells whoever waits for `stopped`. A process that only works ends with it; one that serves
   * too goes on without a worker.
   */
  shutdown(): Promise<void>;
  /**
   * Ends the workflow of a step that runs here, and the step's child at once. Without `terminate` nothing that runs
   * is touched. @throws AppError `DATABASE_UNAVAILABLE`
   */
  revoke(taskId: string, terminate: boolean): Promise<Revoked>;
}
