/** What the API shows of datasets, workflows, steps and what they leave behind. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { ColumnType, Dialect, WorkflowConfig } from './config.js';
import { errorCodes } from './errors.js';
import { ModelCode } from './models.js';

const Time = z.iso.datetime();
const Id = z.int().positive();

export const WorkflowStatus = z.enum(['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']);
export type WorkflowStatus = z.infer<typeof WorkflowStatus>;
export const StepStatus = z.enum(['PENDING', 'QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']);
export type StepStatus = z.infer<typeof StepStatus>;

/** In the order in which they run; `custom` only where the config of a workflow asks for it. */
export const stepNames = ['upload', 'preprocess', 'train', 'custom'] as const;
export const StepName = z.enum(stepNames);
export type StepName = z.infer<typeof StepName>;
/** The steps that our own children run. */
export const ownStepNames = ['upload', 'preprocess', 'train'] as const satisfies StepName[];
export type OwnStepName = (typeof ownStepNames)[number];

export const ErrorParamsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** An error as the database keeps it: rendered into words only where it is read. */
export const StoredError = z.object({ code: z.enum(errorCodes), params: ErrorParamsSchema });
export type StoredError = z.infer<typeof StoredError>;

/** An error as a person reads it. Its code is open: a newer version may have written one that this version does not know. */
export const ErrorInfo = StoredError.extend({ code: z.string(), message: z.string(), hint: z.string() });
export type ErrorInfo = z.infer<typeof ErrorInfo>;

// ---- datasets ----

const ColumnNote = z.enum(['constant', 'identifier', 'empty']);

export const ColumnProfile = z.object({
  name: z.string(),
  /** The name in the file where it had to be changed: empty, or given twice. */
  originalName: z.string().optional(),
  type: ColumnType,
  /** What the present values look like; decides `type` and how a target is labelled. */
  kind: z.enum(['integer', 'number', 'boolean', 'text', 'empty']),
  missing: z.int(),
  /** Number of different present values; counted up to a limit, beyond which `distinctExact` is false. */
  distinct: z.int(),
  distinctExact: z.boolean(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  std: z.number().nullable(),
  /** The most frequent values, most frequent first, at most ten. */
  top: z.array(z.object({ value: z.string(), count: z.int() })),
  /** Why the column is left out by default. */
  note: ColumnNote.nullable(),
});
export type ColumnProfile = z.infer<typeof ColumnProfile>;

export const DatasetProfile = z.object({
  /** Every row was read; else the figures describe the head of the file. */
  complete: z.boolean(),
  rows: z.int(),
  rowsWithMissing: z.int(),
  columns: z.array(ColumnProfile),
  warnings: z.array(z.object({ code: z.string(), params: ErrorParamsSchema, message: z.string().optional() })),
});
export type DatasetProfile = z.infer<typeof DatasetProfile>;

export const Dataset = z.object({
  id: Id,
  name: z.string(),
  fileName: z.string(),
  sha256: z.string(),
  sizeBytes: z.int(),
  createdAt: Time,
  dialect: Dialect,
  columns: z.array(z.object({ name: z.string(), type: ColumnType })),
  /** Number of workflows that use it. */
  workflows: z.int(),
  /** True in the answer to an upload whose bytes were known already: the dataset of that time is returned. */
  duplicate: z.boolean().optional(),
});
export type Dataset = z.infer<typeof Dataset>;

export const DatasetPreview = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string().nullable())),
});
export type DatasetPreview = z.infer<typeof DatasetPreview>;

// ---- workflows ----

export const Progress = z.object({ done: z.number(), total: z.number(), unit: z.enum(['bytes', 'rows', 'epochs']) });
export type Progress = z.infer<typeof Progress>;

/** Why a step that is QUEUED does not run yet. */
export const StepWaiting = z.object({
  /**
   * `position`: others are before it; `no_worker`: no worker takes from its queue; `limit`: as many workflows run as
   * may; `retry`: it is tried again later.
   */
  reason: z.enum(['position', 'no_worker', 'limit', 'retry']),
  /** Its place, from 1, among those that wait for the same. */
  position: z.int().optional(),
  retryAt: Time.optional(),
  queue: z.string().optional(),
});
export type StepWaiting = z.infer<typeof StepWaiting>;

export const Step = z.object({
  id: Id,
  workflowId: Id,
  name: StepName,
  status: StepStatus,
  taskId: z.string().nullable(),
  /** Number of the current (or last) attempt; 0 before the first. */
  attempt: z.int(),
  queuedAt: Time.nullable(),
  startedAt: Time.nullable(),
  completedAt: Time.nullable(),
  durationMs: z.number().nullable(),
  /** When a step that waits after a fault is tried again. */
  retryAt: Time.nullable(),
  /** Told where a workflow or its steps are read, while the step waits. */
  waiting: StepWaiting.nullable().optional(),
  worker: z.string().nullable(),
  progress: Progress.nullable(),
  params: z.record(z.string(), z.unknown()),
  result: z.record(z.string(), z.unknown()).nullable(),
  /** The fault that ended the step, or the last one that it is being retried after. */
  error: ErrorInfo.nullable(),
});
export type Step = z.infer<typeof Step>;

const ClassLabel = z.union([z.string(), z.number()]);

export const Metric = z.object({
  epoch: z.int().min(1),
  trainAccuracy: z.number(),
  validationAccuracy: z.number(),
  /** Mean log loss (LR, MLP) or hinge loss (SVM, PER, PA). */
  trainLoss: z.number(),
  validationLoss: z.number(),
});
export type Metric = z.infer<typeof Metric>;

export const RowCounts = z.object({
  total: z.int(),
  dropped: z.int(),
  train: z.int(),
  validation: z.int(),
});
export type RowCounts = z.infer<typeof RowCounts>;

const ClassFigures = z.object({
  class: ClassLabel,
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  /** Validation rows of the class. */
  support: z.int(),
});

export const TrainingResult = z.object({
  trainAccuracy: z.number(),
  validationAccuracy: z.number(),
  trainLoss: z.number(),
  validationLoss: z.number(),
  bestEpoch: z.int(),
  bestValidationAccuracy: z.number(),
  /** Rows are the true class, columns the predicted one, over the validation split; in the order of `classes`. */
  confusionMatrix: z.array(z.array(z.int())),
  perClass: z.array(ClassFigures),
  classes: z.array(ClassLabel),
  rows: RowCounts,
  features: z.int(),
});
export type TrainingResult = z.infer<typeof TrainingResult>;

export const artifactNames = ['model.joblib', 'model.onnx', 'processed.pkl', 'metrics.csv', 'report.json'] as const;
export const ArtifactName = z.enum(artifactNames);
export type ArtifactName = z.infer<typeof ArtifactName>;

export const Artifact = z.object({ name: ArtifactName, sizeBytes: z.int(), sha256: z.string() });
export type Artifact = z.infer<typeof Artifact>;

export const WorkflowOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('restart'), from: Id }),
  z.object({ kind: z.literal('compose'), datasetFrom: Id, configFrom: Id }),
]);
export type WorkflowOrigin = z.infer<typeof WorkflowOrigin>;

/** One row of the archive. */
export const WorkflowSummary = z.object({
  id: Id,
  name: z.string(),
  status: WorkflowStatus,
  /** Who started it; empty where nobody signs in. */
  owner: z.string(),
  /** 0 to 9: of steps that wait, those of the higher priority run first. */
  priority: z.int(),
  model: ModelCode,
  dataset: z.object({ id: Id, name: z.string(), fileName: z.string(), sizeBytes: z.int() }),
  createdAt: Time,
  startedAt: Time.nullable(),
  completedAt: Time.nullable(),
  durationMs: z.number().nullable(),
  trainAccuracy: z.number().nullable(),
  validationAccuracy: z.number().nullable(),
  epochs: z.int(),
  /** Epochs trained so far. */
  epoch: z.int(),
  steps: z.array(z.object({ name: StepName, status: StepStatus })),
});
export type WorkflowSummary = z.infer<typeof WorkflowSummary>;

export const Workflow = WorkflowSummary.extend({
  config: WorkflowConfig,
  ignored: z.array(z.string()),
  origin: WorkflowOrigin.nullable(),
  error: ErrorInfo.nullable(),
  steps: z.array(Step),
  result: TrainingResult.nullable(),
  artifacts: z.array(Artifact),
});
export type Workflow = z.infer<typeof Workflow>;

export const LogLevel = z.enum(['debug', 'info', 'warning', 'error']);
export type LogLevel = z.infer<typeof LogLevel>;
export const LogLine = z.object({
  id: Id,
  at: Time,
  level: LogLevel,
  step: StepName.nullable(),
  attempt: z.int().nullable(),
  /** Key in the catalogue of messages, and the values that its text names. */
  code: z.string(),
  params: ErrorParamsSchema,
  message: z.string(),
});
export type LogLine = z.infer<typeof LogLine>;
