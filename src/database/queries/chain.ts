/**
 * What every change of a chain has in common.
 *
 * Each change first takes the lock of its workflow's row, so that the changes of one workflow come one after the
 * other, and its log lines get their numbers in the order in which they become visible. Locks are taken in the order
 * workflow, outbox, step; nothing that holds a step waits for a workflow.
 *
 * The changes that every step goes through are one statement each: one way to the server and back, one commit. Such a
 * statement sees the tables as they were when it began, which may be before it had the lock; so what it decides by,
 * it reads from rows that it locks (`FOR UPDATE` and UPDATE look at the newest version of a row), never from others.
 */
import { randomUUID } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import type { LogLevel, StepName } from '../../contract/entities.js';
import type { ErrorParams } from '../../contract/errors.js';
import { queueOf, type TaskMessage } from '../../contract/tasks.js';
import type { Fence } from '../../engine/ports.js';
import { type Driver, json, type Queries } from '../driver.js';

const workflowChannel = 'zincir_workflow';
const outboxChannel = 'zincir_outbox';
export const channels = { workflow: workflowChannel, outbox: outboxChannel };

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
export const isCurrent = ({ stepId, attempt, worker }: Fence): SQL =>
  sql`id = ${stepId}::int AND attempt = ${attempt}::int AND status = 'RUNNING'
      AND worker = coalesce(${worker ?? null}::text, worker)`;

/** Runs `work` in a transaction while the attempt is the current one; null: it is not, and nothing was done. */
export function whileCurrent<Result>(
  driver: Driver,
  fence: Fence,
  work: (tx: Queries, step: CurrentStep) => Promise<Result>,
): Promise<Result | null> {
  return driver.transaction(async (tx) => {
    const [step] = await tx.query<CurrentStep>(
      sql`
        WITH ${currentStep(fence)}
        SELECT id, workflow_id AS "workflowId", name, position, attempt, task_id AS "taskId", worker,
               started_at AS "startedAt"
        FROM step`,
      'current-step',
    );
    return step === undefined ? null : work(tx, step);
  });
}

/** `chain`: the row of the step's workflow, locked; none where there is no such step. */
export const lockedWorkflow = (stepId: number): SQL => sql`
  chain AS (
    SELECT w.id, w.status, w.held FROM workflow w
    WHERE w.id = (SELECT s.workflow_id FROM workflow_step s WHERE s.id = ${stepId}::int)
    FOR NO KEY UPDATE
  )`;

/** `step`: the row of the step, locked behind its workflow; none where the attempt is not the current one. */
export const currentStep = ({ stepId, attempt, worker }: Fence): SQL => sql`
  ${lockedWorkflow(stepId)},
  step AS (
    SELECT s.id, s.workflow_id, s.name, s.position, s.attempt, s.task_id, s.worker, s.started_at
    FROM workflow_step s JOIN chain ON chain.id = s.workflow_id
    WHERE s.id = ${stepId}::int AND s.attempt = ${attempt}::int AND s.status = 'RUNNING'
      AND s.worker = coalesce(${worker ?? null}::text, s.worker)
    FOR NO KEY UPDATE OF s
  )`;

/** Counts a change of the workflow and tells the watchers, once the transaction is committed. */
export async function announce(tx: Queries, workflowId: number): Promise<void> {
  await tx.query(sql`UPDATE workflow SET version = version + 1 WHERE id = ${workflowId}::int`);
  tellWatchers(tx, workflowId);
}

export const tellWatchers = (queries: Queries, workflowId: number): void =>
  queries.tell(workflowChannel, String(workflowId));

export const tellRelays = (queries: Queries): void => queries.tell(outboxChannel, '');

export interface Queueing {
  id: number;
  workflowId: number;
  name: StepName;
  attempt: number;
  /** Null: a new task begins. */
  taskId: string | null;
  dueAt: Date;
  /** Its workflow waits until there is room; its message is written then. */
  held?: boolean;
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
  const dueAt = later ? step.dueAt : now;
  await tx.query(sql`
    UPDATE workflow_step
    SET status = 'QUEUED', task_id = ${taskId}::text, queued_at = ${now}::timestamptz,
        published_at = ${dueAt}::timestamptz, reminders = 0, started_at = NULL, completed_at = NULL,
        retry_at = ${later ? step.dueAt : null}::timestamptz, lease_until = NULL, worker = NULL, progress = NULL
    WHERE id = ${step.id}::int`);
  if (!step.held) {
    await tx.query(sql`
      INSERT INTO outbox (step_id, message, due_at, priority)
      SELECT ${step.id}::int, ${json(message)} || jsonb_strip_nulls(jsonb_build_object('traceparent', traceparent)),
             ${dueAt}::timestamptz, priority
      FROM workflow WHERE id = ${step.workflowId}::int`);
  }
  if (step.taskId === null) {
    await tx.query(sql`
      INSERT INTO task_result (task_id, workflow_id, step_id, name, status, args, kwargs, created_at)
      VALUES (${taskId}::text, ${step.workflowId}::int, ${step.id}::int, ${name}::text, 'PENDING',
              ${json(message.args)}, ${json(message.kwargs)}, ${now}::timestamptz)`);
  }
  if (!later) tellRelays(tx);
}

/**
 * The same for a step that waits for the first time, as parts of a statement in which `next` has its row (id,
 * workflow_id, name): its message, unless it is held back, and its task.
 */
export const messageAndTask = (
  taskId: string,
  now: Date,
  priority: SQL,
  {
    held = false,
    traceparent = traceOf(sql`next`),
    dueAt = now,
  }: { held?: boolean; traceparent?: SQL; dueAt?: Date } = {},
): SQL => sql`
  message AS (
    INSERT INTO outbox (step_id, message, due_at, priority)
    SELECT next.id, ${messageOf(sql`next`, sql`${taskId}::text`, sql`0`, traceparent)}, ${dueAt}::timestamptz, ${priority}
    FROM next WHERE NOT ${held}::boolean RETURNING id, message, priority
  ),
  task AS (
    INSERT INTO task_result (task_id, workflow_id, step_id, name, status, args, kwargs, created_at)
    SELECT ${taskId}::text, next.workflow_id, next.id, 'zincir.' || next.name, 'PENDING',
           jsonb_build_array(next.id), jsonb_build_object('workflowId', next.workflow_id), ${now}::timestamptz
    FROM next
  ),`;

/** The `TaskMessage` of a row of steps, as jsonb. */
export const messageOf = (step: SQL, taskId: SQL, retries: SQL, traceparent: SQL = traceOf(step)): SQL => sql`
  jsonb_strip_nulls(jsonb_build_object(
    'id', ${taskId}, 'name', 'zincir.' || ${step}.name, 'args', jsonb_build_array(${step}.id),
    'kwargs', jsonb_build_object('workflowId', ${step}.workflow_id), 'retries', ${retries},
    'traceparent', ${traceparent}))`;

const traceOf = (step: SQL): SQL => sql`(SELECT t.traceparent FROM workflow t WHERE t.id = ${step}.workflow_id)`;

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
