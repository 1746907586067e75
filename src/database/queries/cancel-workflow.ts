import { sql } from 'drizzle-orm';
import type { StepName } from '../../contract/entities.js';
import type { Driver, Queries } from '../driver.js';
import { announce, writeLog } from './chain.js';

/** Workflow and unfinished steps → CANCELLED; whoever runs one of them hears it at the next renewal of its lease. */
export const cancelWorkflow = (driver: Driver, id: number, now: Date): Promise<boolean> =>
  driver.transaction((tx) => cancelIn(tx, id, now));

/** The same as a part of a transaction. */
export async function cancelIn(tx: Queries, id: number, now: Date): Promise<boolean> {
  const changed = await tx.query(sql`
    UPDATE workflow
    SET status = 'CANCELLED', completed_at = ${now}::timestamptz,
        duration_ms = extract(epoch FROM ${now}::timestamptz - started_at)::float8 * 1000
    WHERE id = ${id}::int AND status IN ('PENDING', 'RUNNING') RETURNING id`);
  if (changed.length === 0) return false;
  await tx.query(sql`
    DELETE FROM outbox WHERE step_id IN (SELECT id FROM workflow_step WHERE workflow_id = ${id}::int)`);
  const begun = await tx.query<{ name: StepName; attempt: number; taskId: string }>(sql`
    SELECT name, attempt, task_id AS "taskId" FROM workflow_step
    WHERE workflow_id = ${id}::int AND status IN ('QUEUED', 'RUNNING') ORDER BY position`);
  await tx.query(sql`
    UPDATE workflow_step
    SET status = 'CANCELLED', completed_at = ${now}::timestamptz, lease_until = NULL, retry_at = NULL
    WHERE workflow_id = ${id}::int AND status IN ('PENDING', 'QUEUED', 'RUNNING')`);
  for (const { name, attempt, taskId } of begun) {
    await tx.query(sql`
      UPDATE task_result SET status = 'REVOKED', completed_at = ${now}::timestamptz WHERE task_id = ${taskId}::text`);
    const params = { step: name };
    await writeLog(tx, id, { level: 'warning', step: name, attempt, code: 'stepCancelled', params }, now);
  }
  await announce(tx, id);
  return true;
}
