/** All that metrics show of the whole installation, in one statement, none of whose parts grows with the archive. */
import { sql } from 'drizzle-orm';
import type { Figures } from '../../engine/ports.js';
import type { Queries } from '../driver.js';

/** Figures of a queue that are older than this are none. */
const sampledWithin = sql`interval '5 minutes'`;

export async function figures(queries: Queries, reader: string, silentAfterMs: number, now: Date): Promise<Figures> {
  const at = sql`${now}::timestamptz`;
  const silence = sql`make_interval(secs => ${silentAfterMs / 1000}::float8)`;
  const [row] = await queries.query<Figures>(
    sql`
      SELECT
        (SELECT coalesce(jsonb_agg(q), '[]'::jsonb) FROM (
           SELECT DISTINCT ON (queue) queue, ready, unacked, consumers,
                  (SELECT count(*)::int FROM worker p
                   WHERE p.online AND NOT p.draining AND p.heartbeat_at >= now() - ${silence}
                     AND p.queues @> to_jsonb(queue_sample.queue)) AS workers,
                  greatest(0, extract(epoch FROM now() - at))::float8 AS "ageSeconds"
           FROM queue_sample WHERE at > now() - ${sampledWithin} ORDER BY queue, at DESC
         ) AS q) AS queues,
        (SELECT coalesce(jsonb_agg(s), '[]'::jsonb) FROM (
           SELECT name AS step, (count(*) FILTER (WHERE status = 'QUEUED'))::int AS queued,
                  (count(*) FILTER (WHERE status = 'RUNNING'))::int AS running,
                  coalesce(greatest(0, extract(epoch FROM ${at} - min(due))), 0)::float8 AS "oldestWaitSeconds"
           FROM (
             SELECT w.name, w.status, CASE WHEN NOT f.held THEN greatest(w.queued_at, w.retry_at) END AS due
             FROM workflow_step w JOIN workflow f ON f.id = w.workflow_id WHERE w.status = 'QUEUED'
             UNION ALL
             SELECT name, status, NULL FROM workflow_step WHERE status = 'RUNNING'
           ) AS present GROUP BY name
         ) AS s) AS steps,
        (SELECT coalesce(jsonb_agg(w), '[]'::jsonb) FROM (
           SELECT status, count(*)::int AS count, (count(*) FILTER (WHERE held))::int AS held
           FROM workflow WHERE status IN ('PENDING', 'RUNNING') GROUP BY status
         ) AS w) AS workflows,
        (SELECT coalesce(jsonb_agg(w), '[]'::jsonb) FROM (
           SELECT status, count(*)::int AS count, sum(concurrency)::int AS slots, sum(active)::int AS active FROM (
             SELECT concurrency, active,
                    CASE WHEN NOT online THEN 'offline' WHEN heartbeat_at < now() - ${silence} THEN 'lost'
                         WHEN draining THEN 'draining' ELSE 'online' END AS status
             FROM worker WHERE heartbeat_at > now() - interval '1 day'
           ) AS present GROUP BY status
         ) AS w) AS workers,
        (SELECT jsonb_build_object('messages', count(*),
                  'oldestSeconds', coalesce(greatest(0, extract(epoch FROM ${at} - min(due_at))), 0)::float8)
         FROM outbox) AS outbox,
        (SELECT coalesce(jsonb_agg(d), '[]'::jsonb) FROM (
           SELECT CASE WHEN due_at IS NOT NULL THEN 'pending' WHEN delivered_at IS NOT NULL THEN 'delivered'
                       ELSE 'given_up' END AS status, count(*)::int AS count
           FROM webhook_delivery GROUP BY 1
         ) AS d) AS deliveries,
        coalesce((SELECT totals FROM log_reader WHERE reader = ${reader}::text), '{}'::jsonb) AS totals`,
    'figures',
  );
  if (row === undefined) throw new Error('a statement without a table gave no row');
  return row;
}
