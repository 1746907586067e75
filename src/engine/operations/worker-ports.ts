/**
 * What a worker tells to those that watch workers by the broker's own tools, and what these may ask of it: Celery's
 * command line and Flower, where the broker is RabbitMQ. The worker knows nothing of them, they nothing of the worker.
 */
import type { StepName, StoredError, Workflow } from '../../contract/entities.js';
import type { QueueName, TaskMessage } from '../../contract/tasks.js';

/** How an attempt ended; `lost`: it is another worker's now, which tells its end. */
export interface AttemptEnd {
  readonly outcome: 'completed' | 'failed' | 'retried' | 'handed_back' | 'cancelled' | 'lost';
  readonly result: Record<string, unknown> | null;
  readonly error: StoredError | null;
  readonly traceback: string | null;
}

/** Hears of tasks. Returns at once, never throws, and may forget what it heard: no step waits for it. */
export interface WorkerEvents {
  /** The step is claimed, and runs from now on. */
  started(task: TaskMessage, receivedAt: Date): void;
  ended(task: TaskMessage, end: AttemptEnd): void;
  /** A message came for which there was nothing to do. */
  dropped(task: TaskMessage): void;
}

/** As much of a worker as its watchers see. */
export interface WorkerView {
  readonly queues: readonly QueueName[];
  readonly state: 'working' | 'quiet' | 'draining' | 'stopped';
  readonly slots: number;
  readonly active: readonly {
    readonly taskId: string;
    readonly workflowId: number;
    readonly stepId: number;
    readonly step: StepName;
    readonly startedAt: Date;
    /** Process that runs it; null while there is none yet. */
    readonly pid: number | null;
  }[];
  readonly processed: number;
  readonly processedBySteps: Readonly<Partial<Record<StepName, number>>>;
  readonly load: readonly [number, number, number];
  readonly childPids: readonly number[];
  readonly startedAt: Date;
}

/** As much of a worker as its watchers may steer. */
export interface SteeredWorker {
  snapshot(): WorkerView;
  /** Answer the slots that there are then. */
  grow(slots: number): number;
  shrink(slots: number): number;
  /** Takes from this queue too, or nothing more from it. False: it was so before. */
  takeUp(queue: QueueName): boolean;
  giveUp(queue: QueueName): boolean;
  /** Hands back what it runs, then ends. */
  shutdown(): Promise<void>;
  /** Ends a task that runs here, with its workflow; nothing that runs is touched without `terminate`. */
  revoke(taskId: string, terminate: boolean): Promise<'terminated' | 'running' | 'unknown'>;
}

export interface IntroducedWorker {
  /** Node name, such as `zincir@host-12`. */
  readonly name: string;
  readonly version: string;
  /** Settings to show by name; no secrets. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  now(): Date;
  /** Takes a task that waits out of its queue, with its workflow. */
  revokeWaiting(taskId: string): Promise<void>;
  /**
   * Runs a workflow to its end, once a task id, however often it is asked. Null: `signal` came first.
   * @throws AppError `WORKFLOW_NOT_FOUND`, and what creating a workflow throws, as one that has ended is restarted
   */
  runWorkflow(call: { taskId: string; workflowId: number }, signal: AbortSignal): Promise<Workflow | null>;
  /** Cancels the workflow that was run for this task id, unless it has ended. */
  cancelRun(taskId: string): Promise<void>;
}

/** A step that a worker of another kind runs, which is reached over the broker. */
export interface DelegatedTask {
  /** The same for every attempt of the step's task: what was sent by one is waited for by the next. */
  readonly id: string;
  /** Id of our own task. */
  readonly parentId: string;
  readonly name: string;
  readonly queue: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export type DelegatedEnd =
  | { readonly status: 'SUCCESS'; readonly result: unknown }
  | { readonly status: 'FAILURE'; readonly type: string; readonly detail: string; readonly traceback: string | null }
  | { readonly status: 'REVOKED' };

export interface DelegateWatch {
  /** Ends the waiting, not the task. */
  readonly signal: AbortSignal;
  /** @param again it was sent by an attempt before */
  sent(again: boolean): void;
  /** Its worker tries it again. */
  retried(detail: string): void;
}

export interface WorkerPresence {
  readonly events: WorkerEvents;
  /** From now on the worker is seen and can be steered, whenever the broker can be reached. Does not throw. */
  attach(worker: SteeredWorker): Promise<void>;
  /** Sends a task to a worker of another kind and waits for its end. Null: the signal came first. @throws AppError `BROKER_UNAVAILABLE` */
  delegate(task: DelegatedTask, watch: DelegateWatch): Promise<DelegatedEnd | null>;
  /** Its end is recorded: nobody will ask for it again. Does not throw. */
  forgetDelegated(task: DelegatedTask): Promise<void>;
  /** Ends what was sent, as far as whoever runs it lets itself be ended. Does not throw. */
  revokeDelegated(task: DelegatedTask): Promise<void>;
  /** Says that the worker has gone. Does not throw. */
  leave(): Promise<void>;
}
