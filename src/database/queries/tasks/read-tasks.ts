/** Tasks with what they belong to. */
import { type SQL, sql } from 'drizzle-orm';
import type { TaskRecord } from '../../../engine/operations/task-ports.js';
import { list, type Queries } from '../../driver.js';

/** `t`: a task, `s`: its step, `w`: its workflow. What the step says of a queueing is the task's if it is the last. */
export const taskColumns: SQL = sql`
  t.task_id AS "taskId", t.name, t.status, t.step_id AS "stepId", s.name AS step, t.workflow_id AS "workflowId",
  w.name AS "workflowName", w.status AS "workflowStatus", t.worker, t.retries, t.created_at AS "createdAt",
  t.started_at AS "startedAt", t.completed_at AS "completedAt",
  CASE WHEN s.task_id = t.task_id THEN s.queued_at END AS "queuedAt",
  CASE WHEN s.task_id = t.task_id THEN s.retry_at END AS "retryAt",
  CASE WHEN s.task_id = t.task_id THEN s.progress END AS progress,
  CASE WHEN t.status IN ('FAILURE', 'RETRY') THEN t.result END AS error`;

const theirs = sql`JOIN workflow_step s ON s.id = t.step_id JOIN workflow w ON w.id = t.workflow_id`;

export const taskTables: SQL = sql`task_result t ${theirs}`;

/** Those that there are of these, in the order of the ids. */
export async function readTasks(queries: Queries, ids: readonly string[]): Promise<TaskRecord[]> {
  if (ids.length === 0) return [];
  const rows = await queries.query<TaskRecord>(
    sql`SELECT ${taskColumns} FROM ${taskTables} WHERE t.task_id = ANY(${list(ids)}::text[])`,
    'read-tasks',
  );
  const byId = new Map(rows.map((row) => [row.taskId, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The newest, whatever became of them. */
export function recentTasks(queries: Queries, limit: number): Promise<TaskRecord[]> {
  return queries.query<TaskRecord>(
    sql`
      SELECT ${taskColumns}
      FROM (SELECT * FROM task_result ORDER BY created_at DESC, task_id DESC LIMIT ${limit}::int) AS t ${theirs}
      ORDER BY t.created_at DESC, t.task_id DESC`,
    'recent-tasks',
  );
}

export function runningTasks(queries: Queries, workers: readonly string[]): Promise<TaskRecord[]> {
  return queries.query<TaskRecord>(
    sql`
      SELECT ${taskColumns}
      FROM workflow_step s JOIN task_result t ON t.task_id = s.task_id JOIN workflow w ON w.id = s.workflow_id
      WHERE s.status = 'RUNNING' AND s.worker = ANY(${list(workers)}::text[]) ORDER BY s.started_at, s.id`,
    'running-tasks',
  );
}
