/** Messages between the transaction that wrote them and the broker. */
import { sql } from 'drizzle-orm';
import type { OutboxRow } from '../../engine/ports.js';
import { type Driver, json, list, type Queries } from '../driver.js';
import { outboxChannel } from './chain.js';

export function dueOutbox(queries: Queries, limit: number, now: Date): Promise<OutboxRow[]> {
  return queries.query<OutboxRow>(sql`
    SELECT id, message FROM outbox WHERE due_at <= ${now}::timestamptz ORDER BY due_at, id LIMIT ${limit}::int`);
}

/** The rows go; their steps remember when. A step that was claimed meanwhile does not need to. */
export async function markPublished(driver: Driver, ids: number[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await driver.query(sql`
    WITH gone AS (DELETE FROM outbox WHERE id = ANY(${list(ids)}::bigint[]) RETURNING step_id)
    UPDATE workflow_step SET published_at = ${now}::timestamptz
    WHERE id IN (SELECT step_id FROM gone) AND status = 'QUEUED'`);
}

/** QUEUED steps whose message was published before `before`, and not claimed since, get a new one. */
export function republishStale(driver: Driver, before: Date, now: Date): Promise<number> {
  return driver.transaction(async (tx) => {
    const stale = await tx.query<{ id: number; workflowId: number; name: string; taskId: string; attempt: number }>(sql`
      SELECT id, workflow_id AS "workflowId", name, task_id AS "taskId", attempt FROM workflow_step
      WHERE status = 'QUEUED' AND published_at < ${before}::timestamptz
      ORDER BY published_at FOR UPDATE SKIP LOCKED`);
    if (stale.length === 0) return 0;
    await tx.query(sql`
      UPDATE workflow_step SET published_at = NULL WHERE id = ANY(${list(stale.map(({ id }) => id))}::int[])`);
    const rows = stale.map(({ id, workflowId, name, taskId, attempt }) => ({
      stepId: id,
      message: { id: taskId, name: `zincir.${name}`, args: [id], kwargs: { workflowId }, retries: attempt },
    }));
    await tx.query(sql`
      INSERT INTO outbox (step_id, message, due_at)
      SELECT (r.value ->> 'stepId')::int, r.value -> 'message', ${now}::timestamptz
      FROM jsonb_array_elements(${json(rows)}) WITH ORDINALITY AS r(value, position) ORDER BY r.position`);
    await tx.query(sql`SELECT pg_notify(${outboxChannel}::text, '')`);
    return stale.length;
  });
}
