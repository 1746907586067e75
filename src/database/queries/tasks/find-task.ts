/** One task with what the log says of its attempts. */
import { sql } from 'drizzle-orm';
import type { TaskDetails, TaskRecord } from '../../../engine/operations/task-ports.js';
import type { LogRecord } from '../../../engine/ports.js';
import { list, type Queries } from '../../driver.js';
import { taskColumns, taskTables } from './read-tasks.js';

/** Lines that begin or end an attempt. */
const attemptCodes = [
  'stepQueued',
  'stepStarted',
  'stepCompleted',
  'stepFailed',
  'stepRetrying',
  'workerLost',
  'stepCancelled',
];
const mostEvents = 1_000;
const mostLines = 500;

type Row = TaskRecord & Pick<TaskDetails, 'args' | 'kwargs' | 'result' | 'traceback'>;

export async function findTask(queries: Queries, taskId: string): Promise<TaskDetails | null> {
  const [row] = await queries.query<Row>(
    sql`
      SELECT ${taskColumns}, t.args, t.kwargs, t.result, t.traceback FROM ${taskTables} WHERE t.task_id = ${taskId}::text`,
    'find-task',
  );
  if (row === undefined) return null;
  const { args, kwargs, result, traceback, ...task } = row;
  const [events, logs] = await Promise.all([
    linesOf(queries, task, attemptCodes, mostEvents),
    linesOf(queries, task, null, mostLines),
  ]);
  return { task, args, kwargs, result, traceback, events, logs };
}

/**
 * A new task of a step is queued by a line without an attempt, written with the task and at its time: its lines go
 * from there to the next such line.
 */
async function linesOf(
  queries: Queries,
  { workflowId, step, createdAt }: TaskRecord,
  codes: readonly string[] | null,
  limit: number,
): Promise<LogRecord[]> {
  const ofStep = sql`workflow_id = ${workflowId}::int AND step = ${step}::text`;
  const queued = sql`${ofStep} AND code = 'stepQueued' AND attempt IS NULL`;
  const chosen = codes === null ? sql`true` : sql`code = ANY(${list(codes)}::text[])`;
  const lines = await queries.query<LogRecord>(sql`
    WITH begun AS (SELECT min(id) AS id FROM workflow_log WHERE ${queued} AND at = ${createdAt}::timestamptz),
    next AS (SELECT min(l.id) AS id FROM workflow_log l, begun WHERE ${queued} AND l.id > begun.id)
    SELECT l.id, l.at, l.level, l.step, l.attempt, l.code, l.params FROM workflow_log l, begun, next
    WHERE ${ofStep} AND l.id >= begun.id AND (next.id IS NULL OR l.id < next.id) AND ${chosen}
    ORDER BY l.id DESC LIMIT ${limit}::int`);
  return lines.reverse();
}
