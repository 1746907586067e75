/** What the database remembers of tasks. A task that is gone from here is gone for good; its workflow is not. */
import type { Progress, StepName, StoredError, WorkflowStatus } from '../../contract/entities.js';
import type { TaskState, TaskStatus } from '../../contract/operations.js';
import type { LogRecord } from '../records.js';

/** A word of a search: a part of an error's values or traceback, or what errors of these codes say. */
interface SearchWord {
  text: string;
  codes: readonly string[];
}

/** Which tasks: all that is given must hold. */
export interface TaskCriteria {
  /** None: any. */
  states: readonly TaskState[];
  name?: string | undefined;
  worker?: string | undefined;
  workflowId?: number | undefined;
  /** Created at or after, and before. */
  since?: Date | undefined;
  until?: Date | undefined;
  /** Code of the error of a task that failed. */
  error?: string | undefined;
  /** All of them, in the error of a task that failed. */
  words: readonly SearchWord[];
  /** A task whose id begins so matches too, whatever the words. */
  idPrefix?: string | undefined;
}

export interface TaskRecord {
  taskId: string;
  name: string;
  status: TaskStatus;
  stepId: number;
  step: StepName;
  workflowId: number;
  workflowName: string;
  workflowStatus: WorkflowStatus;
  worker: string | null;
  retries: number;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
  /** Of its present queueing, and from when on it is due; null for a task that its step has left behind. */
  queuedAt: Date | null;
  retryAt: Date | null;
  progress: Progress | null;
  /** What it failed with, or is tried again after. */
  error: StoredError | null;
}

export interface TaskDetails {
  task: TaskRecord;
  args: unknown[];
  kwargs: Record<string, unknown>;
  result: unknown;
  traceback: string | null;
  /** Lines that tell of the beginning and the end of its attempts, oldest first. */
  events: LogRecord[];
  /** The last lines of its step since it was queued, oldest first. */
  logs: LogRecord[];
}

export interface TaskPage {
  items: TaskRecord[];
  nextCursor: string | null;
  /** As counted for the first page. */
  total: number;
  totalAtLeast: boolean;
}

export interface TaskErrors {
  /** What the latest of them failed with. */
  error: StoredError;
  count: number;
  /** There may be more: not all were looked at. */
  countAtLeast: boolean;
  firstAt: Date;
  lastAt: Date;
  lastTaskId: string;
}

/** `running`: it runs, and was to be revoked only if it did not; `replaced`: its step has a newer task. */
export type TaskChange =
  | { outcome: 'done' }
  | { outcome: 'unknown' | 'running' }
  | { outcome: 'ended' | 'not_failed'; status: TaskStatus }
  | { outcome: 'replaced'; by: string };

export interface TaskStore {
  /**
   * The newest first. A filter that no index serves looks through a bounded number of tasks a page: such a page may
   * hold few tasks, or none, and still have a next one.
   */
  listTasks(criteria: TaskCriteria, limit: number, cursor?: string): Promise<TaskPage>;
  recentTasks(limit: number): Promise<TaskRecord[]>;
  /** Ids of all that match, the newest first, at most `limit`. */
  matchTasks(criteria: TaskCriteria, limit: number): Promise<string[]>;
  /** Failed tasks by the code of their error, the most frequent first; of a filter beyond code and time, among the newest, whatever the states. */
  taskErrors(criteria: TaskCriteria): Promise<TaskErrors[]>;
  findTask(taskId: string): Promise<TaskDetails | null>;
  /** Tasks that run now, on any of these workers. */
  runningTasks(workers: readonly string[]): Promise<TaskRecord[]>;
  /** Its workflow is cancelled, where the task waits, or runs and `terminate` is set. */
  revokeTask(taskId: string, terminate: boolean, now: Date): Promise<TaskChange>;
  /** Its workflow goes on from its step, where the task failed or was revoked and is the step's last. */
  retryTask(taskId: string, now: Date, held: boolean): Promise<TaskChange>;
}
