/**
 * The tables. The migrations are made from this file: `node scripts/make-migrations.mjs NAME`.
 *
 * Every time is given by the caller's clock, but those of workers, which are the database's. `jsonb` holds what the
 * contract describes by a schema.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

const id = () => integer('id').primaryKey().generatedAlwaysAsIdentity();
const bigId = () => bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();
const time = (name: string) => timestamp(name, { withTimezone: true });

export const dataset = pgTable(
  'dataset',
  {
    id: id(),
    name: text('name').notNull(),
    fileName: text('file_name').notNull(),
    /** Name in storage. */
    file: text('file').notNull(),
    sha256: text('sha256').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    createdAt: time('created_at').notNull(),
    dialect: jsonb('dialect').notNull(),
    profile: jsonb('profile').notNull(),
    /** Name and file name as a search compares them. */
    searchText: text('search_text').notNull(),
  },
  (table) => [uniqueIndex('dataset_sha256').on(table.sha256), index('dataset_file').on(table.file)],
);

export const workflow = pgTable(
  'workflow',
  {
    id: id(),
    name: text('name').notNull(),
    status: text('status').notNull(),
    datasetId: integer('dataset_id')
      .notNull()
      .references(() => dataset.id),
    model: text('model').notNull(),
    config: jsonb('config').notNull(),
    ignored: jsonb('ignored').notNull(),
    origin: jsonb('origin'),
    createdAt: time('created_at').notNull(),
    startedAt: time('started_at'),
    completedAt: time('completed_at'),
    /** Set with `completed_at`, so that the archive can be sorted by it. */
    durationMs: doublePrecision('duration_ms'),
    trainAccuracy: doublePrecision('train_accuracy'),
    validationAccuracy: doublePrecision('validation_accuracy'),
    epoch: integer('epoch').notNull().default(0),
    error: jsonb('error'),
    version: integer('version').notNull().default(1),
    nameKey: text('name_key').notNull(),
    searchText: text('search_text').notNull(),
    /** Whose it is; empty where nobody signs in. */
    owner: text('owner').notNull().default(''),
    /** 0 to 9; of steps that wait, those of the higher priority go first. */
    priority: integer('priority').notNull().default(5),
    /** RUNNING, but over a limit: its first step has no message until there is room. */
    held: boolean('held').notNull().default(false),
    /** The W3C `traceparent` under which it was created; null where nothing is traced. */
    traceparent: text('traceparent'),
  },
  (table) => [
    index('workflow_dataset').on(table.datasetId),
    // All that the archive filters, searches and sorts by, so that it need not touch the rows themselves, which are
    // twenty times as wide. Its texts are cut (`search-text.ts`) to what an entry of an index may hold.
    index('workflow_archive').on(
      table.status,
      table.model,
      table.id,
      table.createdAt,
      table.trainAccuracy,
      table.validationAccuracy,
      table.durationMs,
      table.nameKey,
      table.searchText,
    ),
    index('workflow_running').on(table.held, table.owner).where(sql`status = 'RUNNING'`),
    // One index a sort key serves both directions where no value can be missing; a missing value comes last in
    // both directions, so the other keys have an index each way over what stands in for it. The status goes first:
    // a page is put together from one end of each status that is wanted.
    index('workflow_by_created').on(table.status, table.createdAt, table.id),
    index('workflow_by_name').on(table.status, sql`name_key COLLATE "C"`, table.id),
    ...(['train_accuracy', 'validation_accuracy', 'duration_ms'] as const).flatMap((column) => [
      index(`workflow_by_${column}_down`).on(
        table.status,
        sql.raw(`coalesce(${column}, '-Infinity'::float8)`),
        table.id,
      ),
      index(`workflow_by_${column}_up`).on(table.status, sql.raw(`coalesce(${column}, 'Infinity'::float8)`), table.id),
    ]),
  ],
);

export const workflowStep = pgTable(
  'workflow_step',
  {
    id: id(),
    workflowId: integer('workflow_id')
      .notNull()
      .references(() => workflow.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    position: integer('position').notNull(),
    status: text('status').notNull(),
    taskId: text('task_id'),
    /** Grows for as long as the step lives: the fence of its writers, and part of its files' names. */
    attempt: integer('attempt').notNull().default(0),
    /** Faults since the chain, a retry of it, or a newer checkpoint reached this step. */
    failures: integer('failures').notNull().default(0),
    queuedAt: time('queued_at'),
    /** When the latest message of the present queueing was written, or from when on it is due. */
    publishedAt: time('published_at'),
    /** Messages written again since the step was queued, because the one before may be lost. */
    reminders: integer('reminders').notNull().default(0),
    startedAt: time('started_at'),
    completedAt: time('completed_at'),
    retryAt: time('retry_at'),
    leaseUntil: time('lease_until'),
    worker: text('worker'),
    progress: jsonb('progress'),
    params: jsonb('params').notNull(),
    result: jsonb('result'),
    error: jsonb('error'),
    checkpoint: text('checkpoint'),
    checkpointEpoch: integer('checkpoint_epoch'),
  },
  (table) => [
    uniqueIndex('workflow_step_position').on(table.workflowId, table.position),
    index('workflow_step_lease').on(table.leaseUntil).where(sql`status = 'RUNNING'`),
    index('workflow_step_waiting').on(table.name, table.queuedAt).where(sql`status = 'QUEUED'`),
    index('workflow_step_worker').on(table.worker).where(sql`status = 'RUNNING'`),
    index('workflow_step_checkpoint').on(table.checkpoint).where(sql`checkpoint IS NOT NULL`),
  ],
);

/** Files that completed steps left in storage. */
export const workflowFile = pgTable(
  'workflow_file',
  {
    workflowId: integer('workflow_id')
      .notNull()
      .references(() => workflow.id, { onDelete: 'cascade' }),
    stepId: integer('step_id')
      .notNull()
      .references(() => workflowStep.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    file: text('file').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workflowId, table.stepId, table.name] }),
    index('workflow_file_file').on(table.file),
  ],
);

export const trainingMetric = pgTable(
  'training_metric',
  {
    workflowId: integer('workflow_id')
      .notNull()
      .references(() => workflow.id, { onDelete: 'cascade' }),
    epoch: integer('epoch').notNull(),
    trainAccuracy: doublePrecision('train_accuracy').notNull(),
    validationAccuracy: doublePrecision('validation_accuracy').notNull(),
    trainLoss: doublePrecision('train_loss').notNull(),
    validationLoss: doublePrecision('validation_loss').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workflowId, table.epoch] })],
);

export const trainingResult = pgTable('training_result', {
  workflowId: integer('workflow_id')
    .primaryKey()
    .references(() => workflow.id, { onDelete: 'cascade' }),
  summary: jsonb('summary').notNull(),
  files: jsonb('files').notNull(),
  createdAt: time('created_at').notNull(),
});

/** One row a task id, in Celery's words; a step that is retried after a fault keeps its task id. */
export const taskResult = pgTable(
  'task_result',
  {
    taskId: text('task_id').primaryKey(),
    workflowId: integer('workflow_id')
      .notNull()
      .references(() => workflow.id, { onDelete: 'cascade' }),
    stepId: integer('step_id')
      .notNull()
      .references(() => workflowStep.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    status: text('status').notNull(),
    worker: text('worker'),
    args: jsonb('args').notNull(),
    kwargs: jsonb('kwargs').notNull(),
    result: jsonb('result'),
    traceback: text('traceback'),
    retries: integer('retries').notNull().default(0),
    createdAt: time('created_at').notNull(),
    startedAt: time('started_at'),
    completedAt: time('completed_at'),
    /**
     * Why it ended without success: the code of the error. Its indexes cost nothing on the way of a task that
     * succeeds, which an index over `status` would: its updates could no longer stay within their page.
     */
    fault: text('fault').generatedAlwaysAs(
      sql`CASE status WHEN 'FAILURE' THEN coalesce(result ->> 'code', 'INTERNAL') WHEN 'REVOKED' THEN 'CANCELLED' END`,
    ),
  },
  (table) => [
    index('task_result_workflow').on(table.workflowId),
    index('task_result_step').on(table.stepId),
    index('task_result_created').on(table.createdAt, table.taskId),
    index('task_result_fault').on(table.fault, table.createdAt, table.taskId).where(sql`fault IS NOT NULL`),
    index('task_result_failed').on(table.createdAt, table.taskId, table.fault).where(sql`fault IS NOT NULL`),
  ],
);

export const workflowLog = pgTable(
  'workflow_log',
  {
    id: bigId(),
    workflowId: integer('workflow_id')
      .notNull()
      .references(() => workflow.id, { onDelete: 'cascade' }),
    at: time('at').notNull(),
    level: text('level').notNull(),
    step: text('step'),
    attempt: integer('attempt'),
    code: text('code').notNull(),
    params: jsonb('params').notNull(),
  },
  (table) => [index('workflow_log_workflow').on(table.workflowId, table.id)],
);

/** Which workflow a client's call runs, by the call's task id: a call that is delivered again joins it. */
export const runCall = pgTable(
  'run_call',
  {
    taskId: text('task_id').primaryKey(),
    workflowId: integer('workflow_id')
      .notNull()
      .references(() => workflow.id, { onDelete: 'cascade' }),
    createdAt: time('created_at').notNull(),
  },
  (table) => [index('run_call_workflow').on(table.workflowId)],
);

/** Messages that the broker has not taken yet; a row goes when its message is published. */
export const outbox = pgTable(
  'outbox',
  {
    id: bigId(),
    stepId: integer('step_id')
      .notNull()
      .references(() => workflowStep.id, { onDelete: 'cascade' }),
    message: jsonb('message').notNull(),
    dueAt: time('due_at').notNull(),
    priority: integer('priority').notNull().default(5),
  },
  (table) => [index('outbox_due').on(table.dueAt, table.id), index('outbox_step').on(table.stepId)],
);

export const worker = pgTable(
  'worker',
  {
    name: text('name').primaryKey(),
    host: text('host').notNull(),
    pid: integer('pid').notNull(),
    queues: jsonb('queues').notNull(),
    concurrency: integer('concurrency').notNull(),
    version: text('version').notNull(),
    active: integer('active').notNull().default(0),
    online: boolean('online').notNull(),
    startedAt: time('started_at').notNull(),
    heartbeatAt: time('heartbeat_at').notNull(),
    stoppedAt: time('stopped_at'),
    /** One a process: two processes of one name tell each other by it. */
    instance: text('instance').notNull().default(''),
    /** Takes nothing new. */
    draining: boolean('draining').notNull().default(false),
    processed: integer('processed').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    retried: integer('retried').notNull().default(0),
    /** Load averages of its machine over 1, 5 and 15 minutes. */
    load: jsonb('load'),
    memoryBytes: bigint('memory_bytes', { mode: 'number' }),
    childrenBytes: bigint('children_bytes', { mode: 'number' }),
    /** Its clock minus the database's. */
    clockDriftMs: doublePrecision('clock_drift_ms'),
    /** Another process that goes by this name, and when it said so. */
    rival: jsonb('rival'),
    rivalAt: time('rival_at'),
  },
  // Many heartbeats a second in a small table: an index over one would cost more than it saves.
);

/** What the workers said of themselves over time; kept for some days. */
export const workerSample = pgTable(
  'worker_sample',
  {
    worker: text('worker').notNull(),
    at: time('at').notNull(),
    active: integer('active').notNull(),
    slots: integer('slots').notNull(),
    processed: integer('processed').notNull(),
    failed: integer('failed').notNull(),
    retried: integer('retried').notNull(),
    load: doublePrecision('load'),
    memoryBytes: bigint('memory_bytes', { mode: 'number' }),
    childrenBytes: bigint('children_bytes', { mode: 'number' }),
  },
  (table) => [primaryKey({ columns: [table.worker, table.at] }), index('worker_sample_at').on(table.at)],
);

/** What an operator asks of a worker, and what the worker answered. */
export const workerCommand = pgTable(
  'worker_command',
  {
    id: bigId(),
    worker: text('worker').notNull(),
    action: text('action').notNull(),
    params: jsonb('params').notNull(),
    askedAt: time('asked_at').notNull(),
    answeredAt: time('answered_at'),
    ok: boolean('ok'),
    answer: text('answer'),
  },
  (table) => [
    index('worker_command_worker').on(table.worker, table.id),
    index('worker_command_open').on(table.worker).where(sql`answered_at IS NULL`),
  ],
);

/** What the broker said of its queues over time; kept for some days. */
export const queueSample = pgTable(
  'queue_sample',
  {
    queue: text('queue').notNull(),
    at: time('at').notNull(),
    ready: integer('ready').notNull(),
    unacked: integer('unacked').notNull(),
    consumers: integer('consumers').notNull(),
    publishRate: doublePrecision('publish_rate'),
    ackRate: doublePrecision('ack_rate'),
    oldestWaitMs: doublePrecision('oldest_wait_ms'),
  },
  (table) => [primaryKey({ columns: [table.queue, table.at] }), index('queue_sample_at').on(table.at)],
);

/**
 * Who reads `workflow_log` from end to end, each line once: what it has read and what it has counted. The counts are
 * the same for every server, and outlive the rows that were counted.
 */
export const logReader = pgTable('log_reader', {
  reader: text('reader').primaryKey(),
  /** The last line that was read. */
  position: bigint('position', { mode: 'number' }).notNull(),
  totals: jsonb('totals').notNull(),
});

/** Calls to the addresses that want to hear of an event; a row stays some days after it was delivered or given up. */
export const webhookDelivery = pgTable(
  'webhook_delivery',
  {
    id: bigId(),
    /** The event and its address, once: many servers may notice the same event. */
    key: text('key').notNull(),
    event: text('event').notNull(),
    url: text('url').notNull(),
    payload: jsonb('payload').notNull(),
    createdAt: time('created_at').notNull(),
    /** Null once it is delivered or given up. */
    dueAt: time('due_at'),
    attempts: integer('attempts').notNull().default(0),
    deliveredAt: time('delivered_at'),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
  },
  (table) => [uniqueIndex('webhook_delivery_key').on(table.key), index('webhook_delivery_due').on(table.dueAt)],
);
