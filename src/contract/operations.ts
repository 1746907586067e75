/** What operators see: queues, tasks, workers, and what they may do to them. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import {
  ErrorInfo,
  ErrorParamsSchema,
  LogLine,
  Progress,
  StepName,
  WorkflowStatus,
  WorkflowSummary,
} from './entities.js';

const Time = z.iso.datetime();

/** Something that an operator should look at; there is none while all is well. */
export const OperationsWarning = z.object({
  code: z.string(),
  params: ErrorParamsSchema,
  message: z.string(),
  hint: z.string(),
});
export type OperationsWarning = z.infer<typeof OperationsWarning>;

// ---- tasks ----

/** Celery's words for what becomes of a task, as it is stored. */
export const TaskStatus = z.enum(['PENDING', 'STARTED', 'SUCCESS', 'FAILURE', 'RETRY', 'REVOKED']);
export type TaskStatus = z.infer<typeof TaskStatus>;
/**
 * All of Celery's words, which may be asked for. RECEIVED, as with Celery, is told by an event alone: a worker claims
 * what it receives at once, or hands it back, so no task is ever found in it.
 */
export const TaskState = z.enum([...TaskStatus.options, 'RECEIVED']);
export type TaskState = z.infer<typeof TaskState>;

export const TaskSummary = z.object({
  taskId: z.string(),
  name: z.string(),
  status: TaskStatus,
  step: z.object({ id: z.int(), name: StepName }),
  workflow: z.object({ id: z.int(), name: z.string(), status: WorkflowStatus }),
  /** The worker that has it, or had it last. */
  worker: z.string().nullable(),
  /** Times that it was tried again, after a fault or because it was handed back. */
  retries: z.int(),
  createdAt: Time,
  startedAt: Time.nullable(),
  completedAt: Time.nullable(),
  /** Of the last attempt. */
  durationMs: z.number().nullable(),
  /** Between being queued and its last start; for one that waits, until now. */
  waitMs: z.number().nullable(),
  progress: Progress.nullable(),
  error: ErrorInfo.nullable(),
});
export type TaskSummary = z.infer<typeof TaskSummary>;

/** How an attempt ended; null while it runs. */
export const AttemptEnd = z.enum(['completed', 'failed', 'retried', 'lost', 'handed_back', 'revoked']);
export type AttemptEnd = z.infer<typeof AttemptEnd>;

export const TaskAttempt = z.object({
  attempt: z.int(),
  worker: z.string().nullable(),
  startedAt: Time,
  endedAt: Time.nullable(),
  end: AttemptEnd.nullable(),
  /** Code of the error that ended it. */
  errorCode: z.string().nullable(),
});
export type TaskAttempt = z.infer<typeof TaskAttempt>;

export const Task = TaskSummary.extend({
  queue: z.string(),
  args: z.array(z.unknown()),
  kwargs: z.record(z.string(), z.unknown()),
  result: z.unknown(),
  traceback: z.string().nullable(),
  attempts: z.array(TaskAttempt),
  /** The log lines of its step since it was queued, oldest first: its timeline too. */
  logs: z.array(LogLine),
});
export type Task = z.infer<typeof Task>;

/** Failed tasks of one error, over the tasks that match a filter. */
export const TaskErrorGroup = z.object({
  code: z.string(),
  /** The error of the latest of them, in the reader's language. */
  message: z.string(),
  count: z.int(),
  /** Not all were looked at: there may be more, and earlier ones. */
  countAtLeast: z.boolean(),
  firstAt: Time,
  lastAt: Time,
  lastTaskId: z.string(),
});
export type TaskErrorGroup = z.infer<typeof TaskErrorGroup>;

export const BulkResult = z.object({
  /** Tasks that the filter matched. */
  matched: z.int(),
  changed: z.int(),
  /** Those that could not be changed, by the code of the reason. */
  refused: z.array(z.object({ code: z.string(), message: z.string(), count: z.int() })),
});
export type BulkResult = z.infer<typeof BulkResult>;

// ---- queues ----

export const QueueState = z.object({
  name: z.string(),
  /** The queue of dead letters: nobody takes from it. */
  dead: z.boolean(),
  ready: z.int(),
  unacked: z.int(),
  consumers: z.int(),
  /** The broker's word, such as `running`; `unknown` where it was not to be had. */
  state: z.string(),
  /** Messages a second; null where it was not to be had. */
  publishRate: z.number().nullable(),
  ackRate: z.number().nullable(),
  /** How long the first of those that wait has waited since it was due; null when none waits. */
  oldestWaitMs: z.number().nullable(),
  warnings: z.array(OperationsWarning),
});
export type QueueState = z.infer<typeof QueueState>;

export const QueueSample = z.object({
  at: Time,
  ready: z.int(),
  unacked: z.int(),
  consumers: z.int(),
  publishRate: z.number().nullable(),
  ackRate: z.number().nullable(),
  oldestWaitMs: z.number().nullable(),
});
export type QueueSample = z.infer<typeof QueueSample>;

export const QueueOverview = z.object({
  broker: z.object({
    kind: z.enum(['memory', 'rabbitmq']),
    ok: z.boolean(),
    /** Version and place, or what is wrong. */
    detail: z.string(),
  }),
  /** `broker`: counted by the broker; `database`: the broker's figures were not to be had, this is what the database knows. */
  source: z.enum(['broker', 'database']),
  /** When the broker counted; its figures lag by some seconds. */
  sampledAt: Time.nullable(),
  sampleAgeMs: z.number().nullable(),
  queues: z.array(QueueState),
  warnings: z.array(OperationsWarning),
  recentTasks: z.array(TaskSummary),
  recentWorkflows: z.array(
    WorkflowSummary.omit({ steps: true }).extend({
      steps: z.array(WorkflowSummary.shape.steps.element.extend({ progress: Progress.nullable() })),
    }),
  ),
});
export type QueueOverview = z.infer<typeof QueueOverview>;

export const QueueDetails = QueueState.extend({
  sampledAt: Time.nullable(),
  sampleAgeMs: z.number().nullable(),
  source: z.enum(['broker', 'database']),
  /** As the broker declares it, such as `x-delivery-limit`. */
  arguments: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  policy: z.string().nullable(),
  consumersOf: z.array(
    z.object({ worker: z.string().nullable(), tag: z.string(), prefetch: z.int(), address: z.string().nullable() }),
  ),
  /** Of the last hour, oldest first. */
  history: z.array(QueueSample),
  /** Tasks that wait for this queue, in the order in which they will be taken. */
  next: z.array(TaskSummary),
  /** What lies in a queue of dead letters. */
  deadLetters: z.array(
    z.object({
      taskId: z.string().nullable(),
      name: z.string().nullable(),
      /** Queue that it came from, and why it left it. */
      from: z.string().nullable(),
      reason: z.string().nullable(),
      at: Time.nullable(),
      body: z.string(),
    }),
  ),
});
export type QueueDetails = z.infer<typeof QueueDetails>;

// ---- workers ----

/** `draining`: takes nothing new; `lost`: not heard of; `offline`: signed off. */
export const WorkerStatus = z.enum(['online', 'draining', 'lost', 'offline']);
export type WorkerStatus = z.infer<typeof WorkerStatus>;

export const WorkerInfo = z.object({
  name: z.string(),
  status: WorkerStatus,
  version: z.string(),
  host: z.string(),
  pid: z.int(),
  queues: z.array(z.string()),
  /** Steps that it runs at a time. */
  slots: z.int(),
  active: z.array(TaskSummary),
  processed: z.int(),
  failed: z.int(),
  retried: z.int(),
  /** Mean number of runnable processes of its machine over 1, 5 and 15 minutes; null before the first heartbeat. */
  load: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  /** Resident memory of the worker and of its children together. */
  memoryBytes: z.int().nullable(),
  childrenBytes: z.int().nullable(),
  startedAt: Time,
  heartbeatAt: Time,
  stoppedAt: Time.nullable(),
  /** Its clock minus the database's. */
  clockDriftMs: z.number().nullable(),
  warnings: z.array(OperationsWarning),
});
export type WorkerInfo = z.infer<typeof WorkerInfo>;

export const WorkerSample = z.object({
  at: Time,
  active: z.int(),
  slots: z.int(),
  processed: z.int(),
  failed: z.int(),
  retried: z.int(),
  load: z.number().nullable(),
  memoryBytes: z.int().nullable(),
  childrenBytes: z.int().nullable(),
});
export type WorkerSample = z.infer<typeof WorkerSample>;

export const workerActions = ['grow', 'shrink', 'quiet', 'resume', 'shutdown'] as const;
export const WorkerAction = z.enum(workerActions);
export type WorkerAction = z.infer<typeof WorkerAction>;

export const WorkerCommand = z.object({
  id: z.int(),
  action: z.string(),
  params: ErrorParamsSchema,
  askedAt: Time,
  /** Null until the worker has done it. */
  answeredAt: Time.nullable(),
  ok: z.boolean().nullable(),
  answer: z.string().nullable(),
});
export type WorkerCommand = z.infer<typeof WorkerCommand>;

export const WorkerDetails = WorkerInfo.extend({
  /** Of the last hour, oldest first. */
  history: z.array(WorkerSample),
  commands: z.array(WorkerCommand),
  recentTasks: z.array(TaskSummary),
});
export type WorkerDetails = z.infer<typeof WorkerDetails>;

/** All workers together; the numbers of one that is gone stay counted. */
export const WorkerTotals = z.object({
  active: z.int(),
  slots: z.int(),
  processed: z.int(),
  failed: z.int(),
  retried: z.int(),
  online: z.int(),
  lost: z.int(),
});
export type WorkerTotals = z.infer<typeof WorkerTotals>;

// ---- Flower ----

/** Celery Flower beside our own pages: `path` is where our server shows it. */
export const FlowerState = z.object({
  url: z.string().nullable(),
  path: z.string().nullable(),
  ok: z.boolean(),
  /** What is wrong where it does not answer. */
  detail: z.string().nullable(),
});
export type FlowerState = z.infer<typeof FlowerState>;

// ---- requests ----

const largest = 2_147_483_647;
const limit = z.coerce.number().int().min(1).max(200);
const states = z
  .string()
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(TaskState));

/** Which tasks: all that are given must hold. */
export const TaskFilter = z.object({
  /** One state, or several with commas between them. */
  state: states.optional(),
  name: z.string().optional(),
  worker: z.string().optional(),
  workflow: z.coerce.number().int().positive().max(largest).optional(),
  /** Created at or after, and before. */
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  /** Code of an error. */
  error: z.string().optional(),
  /** Words in the error, the traceback, or the start of a task id. */
  search: z.string().max(200).optional(),
});
export type TaskFilter = z.infer<typeof TaskFilter>;

export const TaskQuery = TaskFilter.extend({ limit: limit.default(50), cursor: z.string().optional() });
export type TaskQuery = z.infer<typeof TaskQuery>;

/** `total` counts all that match, as far as it can at once; where there may be more, `totalAtLeast` is true. */
export const TaskList = z.object({
  items: z.array(TaskSummary),
  nextCursor: z.string().nullable(),
  total: z.int(),
  totalAtLeast: z.boolean(),
});
export type TaskList = z.infer<typeof TaskList>;
export const TaskErrorList = z.object({ items: z.array(TaskErrorGroup), nextCursor: z.null() });
export type TaskErrorList = z.infer<typeof TaskErrorList>;

export const TaskIdParams = z.object({ id: z.string().min(1).max(200) });
/** `terminate` ends a task that runs; without it only one that waits can be revoked. */
export const RevokeRequest = z.object({ terminate: z.boolean().default(false) });
export const BulkRequest = z.strictObject({
  action: z.enum(['revoke', 'terminate', 'retry']),
  filter: z.strictObject({ ...TaskFilter.shape, state: z.array(TaskState).optional() }),
  /** How many tasks the person was told that match: more than these are not touched. */
  expected: z.int().min(1),
});
export type BulkRequest = z.infer<typeof BulkRequest>;

export const QueueParams = z.object({ name: z.string().min(1).max(200) });
/** What cannot be undone names its queue once more. */
export const QueueConfirmation = z.object({ confirm: z.string() });
/** What was done, and what follows from it, in the reader's language. */
export const QueuePurged = z.object({ queue: z.string(), messages: z.int(), message: z.string(), hint: z.string() });
export type QueuePurged = z.infer<typeof QueuePurged>;

export const WorkerParams = z.object({ name: z.string().min(1).max(300) });
export const WorkerActionRequest = z.object({ slots: z.int().min(1).max(256).default(1) });
/** At most the last three days. */
export const WorkerHistoryQuery = z.object({ since: z.iso.datetime({ offset: true }).optional() });
export const WorkerList = z.object({ items: z.array(WorkerInfo), nextCursor: z.null(), totals: WorkerTotals });
export type WorkerList = z.infer<typeof WorkerList>;
/** Samples of all workers together over the last hour (or since `since`), oldest first. */
export const WorkerHistory = z.object({ items: z.array(WorkerSample), nextCursor: z.null() });
export type WorkerHistory = z.infer<typeof WorkerHistory>;
