/** What the engine needs from the outside. Adapters live in `database`, `broker` and `storage`; each port has one conformance suite in `test/conformance`. */
import type { Readable } from 'node:stream';
import type { DatasetQuery, WorkflowQuery } from '../contract/api.js';
import type { Dialect, WorkflowConfig } from '../contract/config.js';
import type {
  DatasetProfile,
  Metric,
  Progress,
  StepName,
  StoredError,
  TrainingResult,
  WorkflowOrigin,
} from '../contract/entities.js';
import type { LogEntry, QueueName, StepInput, StepOutput, StoredFile, TaskMessage } from '../contract/tasks.js';
import type { FleetStore } from './operations/fleet-ports.js';
import type { MachineStore } from './operations/machine-ports.js';
import type { BrokerQueues, QueueStore } from './operations/queue-ports.js';
import type { TaskStore } from './operations/task-ports.js';

export * from './operations/fleet-ports.js';
export * from './operations/machine-ports.js';

import type { IntroducedWorker, WorkerPresence } from './operations/worker-ports.js';
import type { DatasetRecord, ListedWorkflow, LogRecord, WorkflowRecord } from './records.js';

export type { DatasetRecord, ListedWorkflow, LogRecord, StepRecord, WorkflowRecord } from './records.js';

export interface Clock {
  now(): Date;
}

// ---- files ----

/** Storage of whole files under names such as `datasets/<sha256>`; a file is visible only when it is whole. */
export interface Files {
  /**
   * Streams bytes in, hashing them; `name` may depend on the hash.
   * @throws AppError `STORAGE_FULL`, `STORAGE_UNAVAILABLE`; whatever the source throws; nothing is left behind
   */
  write(
    name: string | ((sha256: string) => string),
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ name: string; sizeBytes: number; sha256: string }>;
  /**
   * Moves a local file into storage under `name`, replacing what was there.
   * @param hashed its size and hash, where whoever wrote it knows them: then it is not read for them
   */
  adopt(
    name: string,
    localPath: string,
    hashed?: { sizeBytes: number; sha256: string },
  ): Promise<{ name: string; sizeBytes: number; sha256: string }>;
  /** Streams a file, or `length` bytes of it from `start`. @throws AppError `FILE_NOT_FOUND` */
  read(name: string, range?: { start: number; length: number }): Readable;
  /** A path at which the whole file can be read at random on this machine, until `forgetPaths` or the process's end. */
  localPath(name: string): Promise<string>;
  /** Nobody in this process reads any more at the paths that it was given; what was kept for them may go. */
  forgetPaths(): Promise<void>;
  stat(name: string): Promise<{ sizeBytes: number; modifiedAt: Date } | null>;
  /** Removes a file; a file that is not there is fine. */
  remove(name: string): Promise<void>;
  list(prefix: string): AsyncIterable<{ name: string; sizeBytes: number; modifiedAt: Date }>;
  /** A directory of its own for one step attempt, on the same device as the storage where that matters. */
  scratch(label: string): Promise<string>;
  /** Whether files can be written and read now; the detail says where they lie, or what is wrong. */
  check(): Promise<{ ok: boolean; detail: string }>;
}

// ---- broker ----

export interface Delivery {
  readonly message: TaskMessage;
  readonly redelivered: boolean;
  /** Done with it, whatever came of it. */
  ack(): Promise<void>;
  /** Back to the queue, for anyone. */
  requeue(): Promise<void>;
}

export interface Consumer {
  /** No new deliveries; those already handed out can still be acked. */
  stop(): Promise<void>;
  /** The same, of one that takes again before long. Where the broker can, it goes on counting it, until `stop`. */
  rest?(): void;
}

/** Carries hints. It may lose, delay, double and reorder messages: the database makes that harmless. */
export interface Broker {
  /** Resolves once the broker has taken the message for good. @throws AppError `BROKER_UNAVAILABLE` */
  publish(message: TaskMessage, options?: { priority?: number }): Promise<void>;
  /** At most `prefetch` unacked deliveries at a time. */
  consume(queue: QueueName, prefetch: number, handle: (delivery: Delivery) => void): Promise<Consumer>;
  /** Where the broker has tools of its own that watch and steer workers: how this one takes part. */
  introduce?(worker: IntroducedWorker): WorkerPresence;
  /** What operators see of the queues, and do to them. */
  readonly queues: BrokerQueues;
  check(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}

// ---- database ----

export type NewDataset = Omit<DatasetRecord, 'id' | 'createdAt' | 'workflows'>;

export interface NewWorkflow {
  name: string;
  datasetId: number;
  config: WorkflowConfig;
  ignored: string[];
  origin: WorkflowOrigin | null;
  start: boolean;
  /** Whose it is, for limits; '' where nobody signs in. */
  owner?: string;
  /** 0 to 9, 5 unless given; steps of the higher go first. */
  priority?: number;
  /** It starts, but waits until `admitWorkflows` finds room. */
  held?: boolean;
  /** The trace in which its steps are; null or absent where nothing is traced. */
  traceparent?: string | null;
}

/** How many workflows may run at a time; null: as many as there are. */
export interface FairUse {
  total: number | null;
  perOwner: number | null;
}

/** Why a step that is QUEUED does not run yet. A position counts from 1. */
export type WaitingStep =
  | { reason: 'retry'; retryAt: Date }
  | { reason: 'no_worker'; queue: QueueName }
  | { reason: 'limit'; position: number }
  | { reason: 'position'; position: number; queue: QueueName };

/** Who writes for a step: its writes count only while this attempt is the current one and runs. */
export interface Fence {
  stepId: number;
  attempt: number;
  /**
   * Given by a worker for itself: a database server that crashes may forget the last claims of all, and then the
   * number of an attempt is given out once more.
   */
  worker?: string;
}

/** What a renewal of the lease tells the worker: go on, or stop because the step is no longer its own or was cancelled. */
export type LeaseAnswer = 'held' | 'cancelled' | 'lost';

export interface ClaimedStep {
  input: StepInput;
  taskId: string;
  leaseUntil: Date;
  /** Faults so far since the chain (or a retry of it) reached this step; handed-back attempts do not count. */
  failures: number;
}

export interface OutboxRow {
  id: number;
  message: TaskMessage;
  priority: number;
}

/** What is recorded together with the end of a step. */
export interface StepEnding {
  /** The last that it said. */
  readonly metrics?: readonly Metric[];
  readonly logs?: readonly LogEntry[];
  /** The caller publishes the next step's message itself, as one that it took from the outbox. */
  readonly take?: { readonly until: Date; readonly taken: (row: OutboxRow) => void };
}

/** Every state change of a chain is one transaction here; see `engine/states.md` for the states and the ways between them. */
export interface Store extends FleetStore, MachineStore, QueueStore, TaskStore {
  // datasets
  /** Bytes known already (same sha256) give the record of that time. */
  insertDataset(dataset: NewDataset, now: Date): Promise<{ record: DatasetRecord; duplicate: boolean }>;
  findDataset(id: number): Promise<DatasetRecord | null>;
  /** Without the count of its workflows, which takes the longer the more there are. */
  readDataset(id: number): Promise<Omit<DatasetRecord, 'workflows'> | null>;
  findDatasetBySha256(sha256: string): Promise<DatasetRecord | null>;
  listDatasets(query: DatasetQuery): Promise<{ items: DatasetRecord[]; nextCursor: string | null }>;
  /** @throws AppError `DATASET_IN_USE` */
  deleteDataset(id: number): Promise<DatasetRecord | null>;

  // workflows, read
  findWorkflow(id: number): Promise<WorkflowRecord | null>;
  listWorkflows(query: WorkflowQuery): Promise<{ items: ListedWorkflow[]; nextCursor: string | null; total: number }>;
  metricsAfter(workflowId: number, epoch: number, limit: number): Promise<Metric[]>;
  logsAfter(workflowId: number, logId: number, limit: number): Promise<LogRecord[]>;
  findResult(workflowId: number): Promise<TrainingResult | null>;
  listFiles(workflowId: number): Promise<(StoredFile & { step: StepName })[]>;

  // the chain
  /** Inserts workflow, its three steps and (when it starts) the first outbox row. */
  createWorkflow(workflow: NewWorkflow, now: Date): Promise<number>;
  /** The workflow that a client's call runs; null: it was not called before. */
  calledWorkflow(taskId: string): Promise<number | null>;
  /** From now on the call runs this workflow, unless it runs another. Answers the one that it runs. */
  rememberCall(taskId: string, id: number, now: Date): Promise<number>;
  /** Inserts a workflow for a call, unless it runs one. Answers the one that it runs. */
  createCalledWorkflow(taskId: string, workflow: NewWorkflow, now: Date): Promise<number>;
  /** PENDING → RUNNING, first step PENDING → QUEUED. False: it was not PENDING. */
  startWorkflow(id: number, now: Date, held?: boolean): Promise<boolean>;
  /** The failed or cancelled step → QUEUED with its attempts counted anew, workflow → RUNNING. False: neither FAILED nor CANCELLED. */
  retryWorkflow(id: number, now: Date, held?: boolean): Promise<boolean>;
  /** Workflow and unfinished steps → CANCELLED. False: it had ended. */
  cancelWorkflow(id: number, now: Date): Promise<boolean>;

  /** QUEUED → RUNNING, attempt + 1, lease. Null: nothing to do for this message (done, claimed by another, not due). */
  claimStep(stepId: number, worker: string, leaseMs: number, now: Date): Promise<ClaimedStep | null>;
  renewLease(fence: Fence, leaseMs: number, progress: Progress | null, now: Date): Promise<LeaseAnswer>;
  /** False: fenced off. Epochs that are there already stay as they are. */
  appendMetrics(fence: Fence, metrics: Metric[]): Promise<boolean>;
  appendLogs(fence: Fence, entries: LogEntry[]): Promise<boolean>;
  saveCheckpoint(fence: Fence, file: string, epoch: number): Promise<{ accepted: boolean; replaced: string | null }>;
  /** Step → COMPLETED with result and files, next step → QUEUED with its outbox row, or workflow → COMPLETED. */
  completeStep(fence: Fence, output: StepOutput, now: Date, ending?: StepEnding): Promise<boolean>;
  /** Step and workflow → FAILED, for good. */
  failStep(fence: Fence, error: StoredError, traceback: string | null, now: Date): Promise<boolean>;
  /** Step → QUEUED again, due at `retryAt`; `countAttempt: false` when it was handed back without a fault. */
  requeueStep(
    fence: Fence,
    error: StoredError | null,
    retryAt: Date,
    countAttempt: boolean,
    now: Date,
    traceback?: string | null,
  ): Promise<boolean>;

  // what keeps it going
  /** Held workflows go as far as the limits let them. Answers how many went. */
  admitWorkflows(limits: FairUse, now: Date): Promise<number>;
  /** Null: the step does not wait. `silentAfterMs`: workers silent for longer are not there. */
  waitingStep(stepId: number, silentAfterMs: number, now: Date): Promise<WaitingStep | null>;
  /** Outbox rows that are due and not yet published: the highest priority first, then the oldest. */
  dueOutbox(limit: number, now: Date): Promise<OutboxRow[]>;
  /** The same, for a relay that publishes them: no other relay is given them before `until`. */
  takeOutbox(limit: number, until: Date, now: Date): Promise<OutboxRow[]>;
  /** The broker did not take these: they are due again. */
  returnOutbox(ids: number[], now: Date): Promise<void>;
  markPublished(ids: number[]): Promise<void>;
  /** RUNNING steps whose lease has passed. */
  expiredSteps(
    now: Date,
    limit: number,
  ): Promise<(Fence & { name: StepName; worker: string | null; failures: number })[]>;
  /** Steps held by this worker name that it cannot be running any more (its process is new). */
  stepsHeldBy(worker: string): Promise<(Fence & { name: StepName; failures: number })[]>;
  /**
   * QUEUED steps that nobody has claimed for `silenceMs` since their message was due: it may be lost, so there is
   * another; the wait doubles with each. Answers how many there were.
   */
  republishStale(silenceMs: number, now: Date): Promise<number>;
  /** Every QUEUED step has a message in the outbox again. */
  republishAll(now: Date): Promise<number>;

  // live
  /** Calls back soon after something of the workflow (or, without id, of any) has changed. A hint: read to know. */
  watch(workflowId: number | null, changed: () => void): Promise<() => Promise<void>>;
  /** Calls back soon after an outbox row was written that is due at once, by whatever process. A hint too. */
  watchOutbox(due: () => void): Promise<() => Promise<void>>;
  /** Of these names in storage, those that no row names and that no attempt still running may be about to name. */
  unreferencedFiles(files: string[]): Promise<string[]>;
  /** Housekeeping that is due, where nobody else does it; tasks that ended before `tasksBefore` are forgotten. */
  maintain(tasksBefore?: Date | null): Promise<void>;
  check(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}

// ---- reading the head of an upload ----

/** Looks at the head of a stored CSV: how it is written, its columns and types. Reads at most `headBytes`. */
export interface Sniffer {
  sniff(
    file: string,
    sizeBytes: number,
    reading: Partial<Dialect>,
  ): Promise<{ dialect: Dialect; profile: DatasetProfile }>;
  preview(file: string, dialect: Dialect, rows: number): Promise<{ columns: string[]; rows: (string | null)[][] }>;
}
