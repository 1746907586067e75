/** The JSON document of a run: the same from `train`, `follow` and every command that starts a chain. */
import type { ErrorInfo, Metric, Workflow } from '../contract/entities.js';

export interface RunDocument {
  workflowId: number;
  status: Workflow['status'];
  steps: {
    name: string;
    status: string;
    startedAt: string | null;
    completedAt: string | null;
    durationMs: number | null;
  }[];
  config: Workflow['config'];
  ignored: string[];
  classes: (string | number)[];
  rows: { total: number; dropped: number; train: number; validation: number } | null;
  features: number | null;
  metrics: Metric[];
  result: {
    trainAccuracy: number;
    validationAccuracy: number;
    confusionMatrix: number[][];
    perClass: { class: string | number; precision: number; recall: number; f1: number; support: number }[];
  } | null;
  /** Path of each file: on the disk where it was saved, else that of the API. */
  artifacts: Record<string, string>;
  /** Only of a workflow that failed. */
  error?: ErrorInfo;
}

/** @param saved paths on the disk by name of the file */
export function runDocument(
  workflow: Workflow,
  metrics: readonly Metric[],
  saved: Readonly<Record<string, string>> = {},
): RunDocument {
  const { result } = workflow;
  return {
    workflowId: workflow.id,
    status: workflow.status,
    steps: workflow.steps.map(({ name, status, startedAt, completedAt, durationMs }) => ({
      name,
      status,
      startedAt,
      completedAt,
      durationMs,
    })),
    config: workflow.config,
    ignored: workflow.ignored,
    classes: result?.classes ?? [],
    rows: result?.rows ?? null,
    features: result?.features ?? null,
    metrics: metrics.map(({ epoch, trainAccuracy, validationAccuracy, trainLoss, validationLoss }) => ({
      epoch,
      trainAccuracy,
      validationAccuracy,
      trainLoss,
      validationLoss,
    })),
    result: result && {
      trainAccuracy: result.trainAccuracy,
      validationAccuracy: result.validationAccuracy,
      confusionMatrix: result.confusionMatrix,
      perClass: result.perClass,
    },
    artifacts: Object.fromEntries(
      workflow.artifacts.map(({ name }) => [name, saved[name] ?? `/api/workflows/${workflow.id}/artifacts/${name}`]),
    ),
    ...(workflow.error ? { error: workflow.error } : {}),
  };
}
