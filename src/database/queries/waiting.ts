import { sql } from 'drizzle-orm';
import type { StepName } from '../../contract/entities.js';
import { queueOf } from '../../contract/tasks.js';
import type { WaitingStep } from '../../engine/ports.js';
import type { Queries } from '../driver.js';

/** More than this is only said to be many. */
const mostCounted = 10_000;

interface Row {
  name: StepName;
  retryAt: Date | null;
  held: boolean;
  served: boolean;
  ahead: number;
}

/** Why a QUEUED step does not run yet; null: it is not QUEUED. */
export async function waitingStep(
  queries: Queries,
  stepId: number,
  silentAfterMs: number,
  now: Date,
): Promise<WaitingStep | null> {
  const [row] = await queries.query<Row>(
    sql`
      SELECT s.name, s.retry_at AS "retryAt", w.held,
             EXISTS (SELECT FROM worker p WHERE p.online AND NOT p.draining
                       AND p.heartbeat_at >= clock_timestamp() - ${silentAfterMs}::float8 * interval '1 millisecond'
                       AND p.queues @> to_jsonb('zincir.' || s.name)) AS served,
             (SELECT count(*)::int FROM (
                SELECT FROM workflow_step o JOIN workflow v ON v.id = o.workflow_id
                WHERE o.status = 'QUEUED' AND o.name = s.name AND v.held = w.held
                  AND (o.retry_at IS NULL OR o.retry_at <= ${now}::timestamptz)
                  AND (v.priority > w.priority OR v.priority = w.priority AND (o.queued_at, o.id) < (s.queued_at, s.id))
                LIMIT ${mostCounted}::int) AS others) AS ahead
      FROM workflow_step s JOIN workflow w ON w.id = s.workflow_id
      WHERE s.id = ${stepId}::int AND s.status = 'QUEUED'`,
    'waiting-step',
  );
  if (row === undefined) return null;
  const { retryAt, held, served, ahead } = row;
  const position = ahead + 1;
  if (held) return { reason: 'limit', position };
  if (retryAt !== null && retryAt > now) return { reason: 'retry', retryAt };
  const queue = queueOf(row.name);
  return served ? { reason: 'position', position, queue } : { reason: 'no_worker', queue };
}
