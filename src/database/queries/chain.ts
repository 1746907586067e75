/**
 * What every change of a chain has in common.
 *
 * Each change first takes the lock of its workflow's row, so that the changes of one workflow come one after the
 * other, and its log lines get their numbers in the order in which they become visible. Locks are taken in the order
 * workflow, outbox, step; nothing that holds a step waits for a workflow.
 */
import { randomUUID } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import type { LogLevel, StepName } from '../../contract/entities.js';
import type { ErrorParams } from '../../contract/errors.js';
import { queueOf, type TaskMessage } from '../../contract/tasks.js';
import type { Fence } from '../../engine/ports.js';
import { type Driver, json, type Queries } from '../driver.js';

export const workflowChannel = 'zincir_workflow';
export const outboxChannel = 'zincir_outbox';

export interface CurrentStep {
  id: number;
  workflowId: number;
  name: StepName;
  position: number;
  attempt: number;
  taskId: string;
  worker: string | null;
  startedAt: Date;
}

/** True for the row of the step only while the fence's attempt is the current one and runs. */
export const isCurrent = ({ stepId, attempt }: Fence): SQL =>
  sql`id = ${stepId}::int AND attempt = ${attempt}::int AND status = 'RUNNING'`;

/** Runs `work` in a transaction while the attempt is the current one; null: it is not, and nothing was done. */
export function whileCurrent<Result>(
  driver: Driver,
  fence: Fence,
  work: (tx: Queries, step: CurrentStep) => Promise<Result>,
): Promise<Result | null> {
  return driver.transaction(async (tx) => {
    if ((await lockWorkflowOf(tx, fence.stepId)) === null) return null;
    const [step] = await tx.query<CurrentStep>(sql`
      SELECT id, workflow_id AS "workflowId", name, position, attempt, task_id AS "taskId", worker,
             started_at AS "startedAt"
      FROM workflow_step WHERE ${isCurrent(fence)}`);
    return step === undefined ? null : work(tx, step);
  });
}

/** @returns the id of the workflow, or null where there is no such step */
export async function lockWorkflowOf(tx: Queries, stepId: number): Promise<number | null> {
  const [row] = await tx.query<{ id: number }>(sql`
    SELECT id FROM workflow WHERE id = (SELECT workflow_id FROM workflow_step WHERE id = ${stepId}::int) FOR UPDATE`);
  return row?.id ?? null;
}

/** Counts a change of the workflow and tells the watchers, once the transaction is committed. */
export async function announce(tx: Queries, workflowId: number): Promise<void> {
  await tx.query(sql`
    WITH changed AS (UPDATE workflow SET version = version + 1 WHERE id = ${workflowId}::int RETURNING id)
    SELECT pg_notify(${workflowChannel}::text, id::text) FROM changed`);
}

export interface Queueing {
  id: number;
  workflowId: number;
  name: StepName;
  attempt: number;
  /** Null: a new task begins. */
  taskId: string | null;
  dueAt: Date;
}

/** Step → QUEUED, with its message in the outbox and its task recorded. */
export async function queueStep(tx: Queries, step: Queueing, now: Date): Promise<void> {
  const taskId = step.taskId ?? randomUUID();
  const name = queueOf(step.name);
  const message: TaskMessage = {
    id: taskId,
    name,
    args: [step.id],
    kwargs: { workflowId: step.workflowId },
    retries: step.taskId === null ? 0 : step.attempt,
  };
  const later = step.dueAt.getTime() > now.getTime();
  await tx.query(sql`
    UPDATE workflow_step
    SET status = 'QUEUED', task_id = ${taskId}::text, queued_at = ${now}::timestamptz, published_at = NULL,
        started_at = NULL, completed_at = NULL, retry_at = ${later ? step.dueAt : null}::timestamptz,
        lease_until = NULL, worker = NULL, progress = NULL
    WHERE id = ${step.id}::int`);
  await tx.query(sql`
    INSERT INTO outbox (step_id, message, due_at)
    VALUES (${step.id}::int, ${json(message)}, ${later ? step.dueAt : now}::timestamptz)`);
  if (step.taskId === null) {
    await tx.query(sql`
      INSERT INTO task_result (task_id, workflow_id, step_id, name, status, args, kwargs, created_at)
      VALUES (${taskId}::text, ${step.workflowId}::int, ${step.id}::int, ${name}::text, 'PENDING',
              ${json(message.args)}, ${json(message.kwargs)}, ${now}::timestamptz)`);
  }
  if (!later) await tx.query(sql`SELECT pg_notify(${outboxChannel}::text, '')`);
}

export interface LogRow {
  level: LogLevel;
  step: StepName | null;
  attempt: number | null;
  code: string;
  params?: ErrorParams;
}

export async function writeLog(tx: Queries, workflowId: number, row: LogRow, now: Date): Promise<void> {
  await tx.query(sql`
    INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
    VALUES (${workflowId}::int, ${now}::timestamptz, ${row.level}::text, ${row.step}::text, ${row.attempt}::int,
            ${row.code}::text, ${json(row.params ?? {})})`);
}

export const seconds = (from: Date, to: Date): number => Math.round(to.getTime() - from.getTime()) / 1000;
