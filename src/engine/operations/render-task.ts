/** Tasks of the store as the contract shows them. */
import { ErrorInfo, StepName, stepNames, WorkflowStatus } from '../../contract/entities.js';
import { renderError } from '../../contract/messages/render.js';
import type { Language } from '../../contract/messages/translate.js';
import {
  type AttemptEnd,
  type Task,
  type TaskAttempt,
  TaskStatus,
  type TaskSummary,
} from '../../contract/operations.js';
import type { LogRecord } from '../ports.js';
import { durationMs, iso, known, logEntity } from '../render.js';
import type { TaskDetails, TaskRecord } from './task-ports.js';

export function taskSummary(record: TaskRecord, now: Date, language: Language): TaskSummary {
  const { taskId, name, stepId, workflowId, workflowName, worker, retries, startedAt, completedAt, error } = record;
  return {
    taskId,
    name,
    status: known(TaskStatus, record.status, 'STARTED'),
    step: { id: stepId, name: known(StepName, record.step, stepNames[0]) },
    workflow: { id: workflowId, name: workflowName, status: known(WorkflowStatus, record.workflowStatus, 'RUNNING') },
    worker,
    retries,
    createdAt: record.createdAt.toISOString(),
    startedAt: iso(startedAt),
    completedAt: iso(completedAt),
    durationMs: durationMs(startedAt, completedAt),
    waitMs: waitMs(record, now),
    progress: record.progress,
    error: error && renderError(language, error),
  };
}

const waiting: readonly string[] = ['PENDING', 'RETRY'];

/** Since it was due, where it waits after a fault. Of a task that was queued again and left behind nobody knows. */
function waitMs(record: TaskRecord, now: Date): number | null {
  const { status, retries, createdAt, queuedAt, retryAt, startedAt } = record;
  const from = queuedAt ?? (retries === 0 ? createdAt : null);
  if (waiting.includes(status)) return durationMs(retryAt ?? from, now);
  return durationMs(from, startedAt);
}

export function taskEntity(details: TaskDetails, now: Date, language: Language): Task {
  const { task, args, kwargs, result, traceback } = details;
  const failed = ErrorInfo.pick({ code: true, params: true }).safeParse(task.error === null ? null : result);
  return {
    ...taskSummary(task, now, language),
    queue: task.name,
    args,
    kwargs,
    result: failed.success ? null : result,
    traceback,
    attempts: attemptsOf(details.events),
    logs: details.logs.map((line) => logEntity(line, language)),
  };
}

/** From the lines of the log that begin and end attempts, in their order. */
function attemptsOf(events: readonly LogRecord[]): TaskAttempt[] {
  const attempts: TaskAttempt[] = [];
  for (const event of events) {
    const { code, attempt, at, params } = event;
    if (code === 'stepStarted' && attempt !== null) {
      const worker = typeof params.worker === 'string' ? params.worker : null;
      attempts.push({ attempt, worker, startedAt: at.toISOString(), endedAt: null, end: null, errorCode: null });
      continue;
    }
    const last = attempts.at(-1);
    const ending = endOf(event);
    if (last === undefined || ending === null || last.end !== null || last.attempt !== attempt) continue;
    attempts[attempts.length - 1] = { ...last, endedAt: at.toISOString(), ...ending };
  }
  return attempts;
}

type Ending = Pick<TaskAttempt, 'errorCode'> & { end: AttemptEnd };

function endOf({ code, params }: LogRecord): Ending | null {
  const said = (value: unknown) => (typeof value === 'string' ? value : null);
  switch (code) {
    case 'stepCompleted':
      return { end: 'completed', errorCode: null };
    case 'stepQueued':
      return { end: 'handed_back', errorCode: null };
    case 'stepCancelled':
      return { end: 'revoked', errorCode: null };
    case 'workerLost':
      return { end: 'lost', errorCode: 'WORKER_LOST' };
    case 'stepRetrying':
      return { end: 'retried', errorCode: said(params.code) };
    case 'stepFailed': {
      // A step that was given up tells what its last attempt ended with.
      const errorCode = said(params.lastCode) ?? said(params.code);
      return { end: errorCode === 'WORKER_LOST' ? 'lost' : 'failed', errorCode };
    }
    default:
      return null;
  }
}
