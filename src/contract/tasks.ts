/** What crosses between the queue, a worker and the child process that runs a step. */
import { z } from 'zod';
import { Dialect, WorkflowConfig } from './config.js';
import { DatasetProfile, ErrorParamsSchema, LogLevel, Metric, Progress, StepName, StoredError } from './entities.js';

export const queueNames = ['zincir.upload', 'zincir.preprocess', 'zincir.train', 'zincir.custom'] as const;
export const QueueName = z.enum(queueNames);
export type QueueName = z.infer<typeof QueueName>;
/** Where Celery clients ask for a workflow by its number. */
export const callQueue = 'zincir.run_workflow';
/** Begins the name of each queue that a Celery worker answers a custom step in: one a task, as long as it is waited for. */
export const answerQueuePrefix = 'zincir.answer.';
/** One queue a step, and the task in it has the queue's name. */
export const queueOf = (step: StepName): QueueName => `zincir.${step}`;

/** A task as it lies in a queue: a hint that a step may be claimed; the database decides. */
export const TaskMessage = z.object({
  id: z.uuid(),
  name: QueueName,
  args: z.tuple([z.int().positive()]).describe('[id of the workflow_step]'),
  kwargs: z.object({ workflowId: z.int().positive() }),
  retries: z.int().min(0),
  /** W3C trace context of whoever sent it, where it is traced; beside the arguments, as Celery carries it in a header. */
  traceparent: z.string().optional(),
});
export type TaskMessage = z.infer<typeof TaskMessage>;

/** A file that a step left in storage; `file` is its name there. */
export const StoredFile = z.object({ name: z.string(), file: z.string(), sizeBytes: z.int(), sha256: z.string() });
export type StoredFile = z.infer<typeof StoredFile>;

/** All that a step needs to run, decided when it was claimed. */
export const StepInput = z.object({
  stepId: z.int(),
  workflowId: z.int(),
  name: StepName,
  attempt: z.int().min(1),
  config: WorkflowConfig,
  dataset: z.object({
    id: z.int(),
    fileName: z.string(),
    file: z.string(),
    sha256: z.string(),
    sizeBytes: z.int(),
    dialect: Dialect,
    profile: DatasetProfile,
  }),
  /** Results of the steps before this one, by step name. */
  results: z.record(z.string(), z.record(z.string(), z.unknown())),
  /** Files of the steps before this one. */
  files: z.array(StoredFile),
  /** Name in storage of the last checkpoint of this step, if there is one. */
  checkpoint: z.string().nullable(),
  /** Of the attempt that runs it, where it is traced. */
  traceparent: z.string().optional(),
});
export type StepInput = z.infer<typeof StepInput>;

/**
 * Why this version must not run a step, or null. What a newer version added to a message is left aside, but not what
 * it added to the config: leaving that aside would give other numbers than those that were asked for.
 * @param claimed what the database gave for the step
 */
export function whyNotRunnable(claimed: StepInput): string | null {
  const known = StepInput.safeParse(claimed);
  if (!known.success) return z.prettifyError(known.error);
  const unknown = firstMissing(claimed.config, known.data.config, 'config');
  return unknown === null ? null : `${unknown} is not known to this version`;
}

/** Path of the first value in `given` that `kept` does not have. */
function firstMissing(given: unknown, kept: unknown, path: string): string | null {
  if (typeof given !== 'object' || given === null) return null;
  const present = new Map<string, unknown>(Object.entries(kept ?? {}));
  for (const [key, value] of Object.entries(given)) {
    const here = `${path}.${key}`;
    if (!present.has(key)) return here;
    const inside = firstMissing(value, present.get(key), here);
    if (inside !== null) return inside;
  }
  return null;
}

export const StepOutput = z.object({
  result: z.record(z.string(), z.unknown()),
  files: z.array(StoredFile),
  /** Set by the upload step: what a whole reading found. */
  profile: DatasetProfile.optional(),
});
export type StepOutput = z.infer<typeof StepOutput>;

export const LogEntry = z.object({
  at: z.iso.datetime(),
  level: LogLevel,
  code: z.string(),
  params: ErrorParamsSchema,
});
export type LogEntry = z.infer<typeof LogEntry>;

/** Child to host. */
export const ChildMessage = z.discriminatedUnion('type', [
  /** It can take a step. After a step it also says what it holds, for the host to judge whether it should. */
  z.object({
    type: z.literal('ready'),
    /** What it holds, and what its last step has left running; a child that does not say is not used again. */
    rssBytes: z.int().optional(),
    unfinished: z.array(z.string()).optional(),
  }),
  /** What a step said within a moment. */
  z.object({
    type: z.literal('report'),
    metrics: z.array(Metric),
    logs: z.array(LogEntry),
    progress: Progress.nullable(),
  }),
  z.object({ type: z.literal('checkpoint'), file: z.string(), epoch: z.int() }),
  z.object({ type: z.literal('completed'), output: StepOutput }),
  z.object({ type: z.literal('failed'), error: StoredError, traceback: z.string().nullable() }),
]);
export type ChildMessage = z.infer<typeof ChildMessage>;

/** Host to child. */
export const HostMessage = z.discriminatedUnion('type', [
  /** `scratch` is a directory for this attempt alone; the host removes it when the step has ended, however it ends. */
  z.object({ type: z.literal('run'), input: StepInput, scratch: z.string() }),
  /** Stop as soon as a checkpoint is written (drain) or at once (cancel). */
  z.object({ type: z.literal('stop'), reason: z.enum(['cancel', 'drain', 'timeout', 'lease']) }),
  /** There is no other step for this process. */
  z.object({ type: z.literal('end') }),
]);
export type HostMessage = z.infer<typeof HostMessage>;
