/** Records of the store as the entities of the contract. */
import {
  type Artifact,
  type Dataset,
  LogLevel,
  type LogLine,
  type Step,
  StepName,
  StepStatus,
  stepNames,
  type TrainingResult,
  type Workflow,
  WorkflowStatus,
  type WorkflowSummary,
} from '../contract/entities.js';
import { renderError, renderLog } from '../contract/messages/render.js';
import type { Language } from '../contract/messages/translate.js';
import type { DatasetRecord, ListedWorkflow, LogRecord, StepRecord, WaitingStep, WorkflowRecord } from './ports.js';

/**
 * A word that a newer node wrote and this version does not know, as the nearest that it does: one such row must not
 * make a whole list unreadable. A status between the known ones counts as RUNNING, so that watchers go on watching.
 */
export function known<Word, Fallback>(
  schema: { safeParse(word: unknown): { data?: Word } },
  word: string | null,
  fallback: Fallback,
): Word | Fallback {
  return schema.safeParse(word).data ?? fallback;
}

export const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

export function durationMs(from: Date | null, to: Date | null): number | null {
  return from === null || to === null ? null : Math.max(0, to.getTime() - from.getTime());
}

export function datasetEntity(record: DatasetRecord): Dataset {
  const { id, name, fileName, sha256, sizeBytes, dialect, workflows } = record;
  return {
    id,
    name,
    fileName,
    sha256,
    sizeBytes,
    createdAt: record.createdAt.toISOString(),
    dialect,
    columns: record.profile.columns.map((column) => ({ name: column.name, type: column.type })),
    workflows,
  };
}

export function summaryEntity(record: ListedWorkflow): WorkflowSummary {
  const { id, name, dataset, config, trainAccuracy, validationAccuracy, epoch } = record;
  return {
    id,
    name,
    status: known(WorkflowStatus, record.status, 'RUNNING'),
    owner: record.owner,
    priority: record.priority,
    model: config.model,
    dataset,
    createdAt: record.createdAt.toISOString(),
    startedAt: iso(record.startedAt),
    completedAt: iso(record.completedAt),
    durationMs: durationMs(record.startedAt, record.completedAt),
    trainAccuracy,
    validationAccuracy,
    epochs: config.params.epochs,
    epoch,
    steps: inOrder(record.steps).map((step) => ({
      name: step.name,
      status: known(StepStatus, step.status, 'RUNNING'),
    })),
  };
}

/** @param waiting why the one step that is QUEUED, if there is one, does not run yet */
export function stepEntity(record: StepRecord, waiting: WaitingStep | null, language: Language): Step {
  const { id, workflowId, name, taskId, attempt, worker, progress, params, result } = record;
  return {
    id,
    workflowId,
    name,
    status: known(StepStatus, record.status, 'RUNNING'),
    taskId,
    attempt,
    queuedAt: iso(record.queuedAt),
    startedAt: iso(record.startedAt),
    completedAt: iso(record.completedAt),
    durationMs: durationMs(record.startedAt, record.completedAt),
    retryAt: iso(record.retryAt),
    waiting: record.status === 'QUEUED' && waiting ? waitingEntity(waiting) : null,
    worker,
    progress,
    params,
    result,
    error: record.error && renderError(language, record.error),
  };
}

const waitingEntity = (waiting: WaitingStep): Step['waiting'] =>
  waiting.reason === 'retry' ? { reason: 'retry', retryAt: waiting.retryAt.toISOString() } : waiting;

export function workflowEntity(
  record: WorkflowRecord,
  result: TrainingResult | null,
  artifacts: Artifact[],
  waiting: WaitingStep | null,
  language: Language,
): Workflow {
  return {
    ...summaryEntity(record),
    config: record.config,
    ignored: record.ignored,
    origin: record.origin,
    error: record.error && renderError(language, record.error),
    steps: inOrder(record.steps).map((step) => stepEntity(step, waiting, language)),
    result,
    artifacts,
  };
}

export function logEntity(record: LogRecord, language: Language): LogLine {
  const { id, at, attempt, code, params } = record;
  const level = known(LogLevel, record.level, 'info');
  const step = known(StepName, record.step, null);
  return { id, at: at.toISOString(), level, step, attempt, code, params, message: renderLog(language, code, params) };
}

/** Without steps that only a newer version knows. */
function inOrder<Named extends Pick<StepRecord, 'name'>>(steps: readonly Named[]): Named[] {
  const ours = steps.filter(({ name }) => stepNames.includes(name));
  return ours.toSorted((a, b) => stepNames.indexOf(a.name) - stepNames.indexOf(b.name));
}
