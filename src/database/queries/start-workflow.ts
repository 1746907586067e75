import { sql } from 'drizzle-orm';
import type { StepName } from '../../contract/entities.js';
import type { Driver, Queries } from '../driver.js';
import { announce, queueStep, writeLog } from './chain.js';

interface Waiting {
  id: number;
  name: StepName;
  attempt: number;
}

/** PENDING → RUNNING, first step PENDING → QUEUED; `held`: its message is written when there is room. */
export function startWorkflow(driver: Driver, id: number, now: Date, held: boolean): Promise<boolean> {
  return driver.transaction(async (tx) => {
    const changed = await tx.query(sql`
      UPDATE workflow SET status = 'RUNNING', started_at = ${now}::timestamptz, held = ${held}::boolean
      WHERE id = ${id}::int AND status = 'PENDING' RETURNING id`);
    if (changed.length === 0) return false;
    await queueFirst(tx, id, now, held);
    return true;
  });
}

/** FAILED or CANCELLED → RUNNING; the first step that is not COMPLETED → QUEUED, those after it → PENDING. */
export const retryWorkflow = (driver: Driver, id: number, now: Date, held: boolean): Promise<boolean> =>
  driver.transaction((tx) => retryIn(tx, id, now, held));

/** The same as a part of a transaction. */
export async function retryIn(tx: Queries, id: number, now: Date, held: boolean): Promise<boolean> {
  const changed = await tx.query(sql`
    UPDATE workflow
    SET status = 'RUNNING', started_at = coalesce(started_at, ${now}::timestamptz), completed_at = NULL,
        duration_ms = NULL, error = NULL, held = ${held}::boolean
    WHERE id = ${id}::int AND status IN ('FAILED', 'CANCELLED') RETURNING id`);
  if (changed.length === 0) return false;
  // The attempt goes on counting: it is the fence against whoever still runs the last one.
  await tx.query(sql`
    UPDATE workflow_step
    SET status = 'PENDING', failures = 0, error = NULL, queued_at = NULL, started_at = NULL, completed_at = NULL,
        retry_at = NULL, worker = NULL, progress = NULL
    WHERE workflow_id = ${id}::int AND status IN ('FAILED', 'CANCELLED')`);
  await queueFirst(tx, id, now, held);
  return true;
}

async function queueFirst(tx: Queries, workflowId: number, now: Date, held: boolean): Promise<void> {
  const [step] = await tx.query<Waiting>(sql`
    SELECT id, name, attempt FROM workflow_step
    WHERE workflow_id = ${workflowId}::int AND status = 'PENDING' ORDER BY position LIMIT 1`);
  if (step) {
    await queueStep(tx, { ...step, workflowId, taskId: null, dueAt: now, held }, now);
    const params = { step: step.name };
    await writeLog(tx, workflowId, { level: 'info', step: step.name, attempt: null, code: 'stepQueued', params }, now);
  }
  await announce(tx, workflowId);
}
