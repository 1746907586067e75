/** What the steps say of the queues that they wait for. A step that its workflow holds back waits for no queue yet. */
import { type SQL, sql } from 'drizzle-orm';
import type { QueueBacklog } from '../../../engine/operations/queue-ports.js';
import type { TaskRecord } from '../../../engine/operations/task-ports.js';
import { list, type Queries } from '../../driver.js';
import { taskColumns } from '../tasks/read-tasks.js';

/** The first in line are looked at, the rest of a long queue is not. */
const firstInLine = 10_000;
/** What waits after a fault may stand before others and yet be due after them. */
const nearFront = 100;

/** `s`: a step that waits for its queue and is due. */
const waits = (now: Date): SQL => sql`
  s.status = 'QUEUED' AND (s.retry_at IS NULL OR s.retry_at <= ${now}::timestamptz)
  AND NOT EXISTS (SELECT FROM workflow h WHERE h.id = s.workflow_id AND h.held)`;

const stepOf = (queue: SQL): SQL => sql`substr(${queue}, length('zincir.') + 1)`;

export async function oldestWaits(
  queries: Queries,
  names: readonly string[],
  now: Date,
): Promise<Record<string, number | null>> {
  const rows = await queries.query<{ name: string; waitMs: number | null }>(
    sql`
      SELECT q.name, (
        SELECT CASE WHEN count(*) > 0
                    THEN greatest(0, extract(epoch FROM ${now}::timestamptz - min(due)))::float8 * 1000 END
        FROM (
          SELECT greatest(s.queued_at, s.retry_at) AS due FROM workflow_step s
          WHERE s.name = ${stepOf(sql`q.name`)} AND ${waits(now)} ORDER BY s.queued_at LIMIT ${nearFront}::int
        ) AS first) AS "waitMs"
      FROM unnest(${list(names)}::text[]) AS q(name)`,
    'oldest-waits',
  );
  return Object.fromEntries(rows.map(({ name, waitMs }) => [name, waitMs]));
}

export function queueBacklog(
  queries: Queries,
  names: readonly string[],
  silentAfterMs: number,
  now: Date,
): Promise<QueueBacklog[]> {
  return queries.query<QueueBacklog>(
    sql`
      SELECT q.name,
             (SELECT count(*)::int FROM workflow_step s WHERE s.name = ${stepOf(sql`q.name`)} AND ${waits(now)}) AS ready,
             (SELECT count(*)::int FROM workflow_step s
              WHERE s.status = 'RUNNING' AND s.name = ${stepOf(sql`q.name`)}) AS unacked,
             (SELECT count(*)::int FROM worker p
              WHERE p.online AND p.heartbeat_at >= now() - make_interval(secs => ${silentAfterMs / 1000}::float8)
                AND p.queues @> to_jsonb(q.name)) AS consumers
      FROM unnest(${list(names)}::text[]) AS q(name)`,
    'queue-backlog',
  );
}

export function nextTasks(queries: Queries, name: string, limit: number, now: Date): Promise<TaskRecord[]> {
  return queries.query<TaskRecord>(
    sql`
      SELECT ${taskColumns}
      FROM (
        SELECT s.* FROM workflow_step s WHERE s.name = ${stepOf(sql`${name}::text`)} AND ${waits(now)}
        ORDER BY s.queued_at LIMIT ${firstInLine}::int
      ) AS s
      JOIN workflow w ON w.id = s.workflow_id JOIN task_result t ON t.task_id = s.task_id
      ORDER BY w.priority DESC, s.queued_at, s.id LIMIT ${limit}::int`,
    'next-tasks',
  );
}
