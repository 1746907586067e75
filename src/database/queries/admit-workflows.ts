import { sql } from 'drizzle-orm';
import type { FairUse } from '../../engine/ports.js';
import { type Driver, list, unhurried } from '../driver.js';
import { announce, messageOf, tellRelays } from './chain.js';

/** Any number but that of the migrations. */
const lockKey = 7_213_950_612;

/**
 * Lets held workflows go for as long as there is room: those of a higher priority first, of equal ones those whose
 * owner has the fewest running, then the oldest.
 * @returns how many were let go
 */
export async function admitWorkflows(driver: Driver, limits: FairUse, now: Date): Promise<number> {
  const [anyone] = await driver.query(
    sql`SELECT 1 FROM workflow WHERE status = 'RUNNING' AND held LIMIT 1`,
    'any-held',
  );
  if (anyone === undefined) return 0;
  return driver.transaction(async (tx) => {
    // Two nodes that count at the same time would both find the last place free.
    await tx.query(sql`SELECT pg_advisory_xact_lock(${lockKey}::bigint), ${unhurried}`);
    const admitted = await tx.query<{ id: number }>(sql`
      WITH running AS (
        SELECT owner, count(*)::int AS count FROM workflow WHERE status = 'RUNNING' AND NOT held GROUP BY owner
      ),
      waiting AS (
        SELECT w.id, w.priority,
               coalesce(r.count, 0) + row_number() OVER (PARTITION BY w.owner ORDER BY w.priority DESC, w.id) AS place
        FROM workflow w LEFT JOIN running r ON r.owner = w.owner
        WHERE w.status = 'RUNNING' AND w.held
      ),
      room AS (
        SELECT id FROM waiting WHERE ${limits.perOwner}::int IS NULL OR place <= ${limits.perOwner}::int
        ORDER BY priority DESC, place, id
        LIMIT CASE WHEN ${limits.total}::int IS NOT NULL
                   THEN greatest(0, ${limits.total}::int - (SELECT coalesce(sum(count), 0) FROM running)) END
      )
      UPDATE workflow SET held = false
      WHERE id IN (SELECT id FROM room) AND held AND status = 'RUNNING' RETURNING id`);
    const ids = list(admitted.map(({ id }) => id));
    const queued = await tx.query<{ workflowId: number }>(sql`
      WITH queued AS (
        UPDATE workflow_step SET published_at = ${now}::timestamptz
        WHERE workflow_id = ANY(${ids}::int[]) AND status = 'QUEUED'
        RETURNING id, workflow_id, name, task_id
      )
      INSERT INTO outbox (step_id, message, due_at, priority)
      SELECT q.id, ${messageOf(sql`q`, sql`q.task_id`, sql`0`)}, ${now}::timestamptz, w.priority
      FROM queued q JOIN workflow w ON w.id = q.workflow_id ORDER BY w.priority DESC, w.id
      RETURNING (message -> 'kwargs' ->> 'workflowId')::int AS "workflowId"`);
    for (const { workflowId } of queued) await announce(tx, workflowId);
    if (queued.length > 0) tellRelays(tx);
    return queued.length;
  });
}
