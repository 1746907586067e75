/** Which workflow a client's call runs: it may be delivered again, to another process, while the first still waits. */
import { sql } from 'drizzle-orm';
import type { NewWorkflow } from '../../engine/ports.js';
import type { Driver, Queries } from '../driver.js';
import { createWorkflow } from './create-workflow.js';

export async function calledWorkflow(queries: Queries, taskId: string): Promise<number | null> {
  const [call] = await queries.query<{ workflowId: number }>(
    sql`SELECT workflow_id AS "workflowId" FROM run_call WHERE task_id = ${taskId}::text`,
  );
  return call?.workflowId ?? null;
}

/** Answers the workflow that the call runs: another one where it was remembered before. */
export async function rememberCall(queries: Queries, taskId: string, workflowId: number, now: Date): Promise<number> {
  await queries.query(sql`
    INSERT INTO run_call (task_id, workflow_id, created_at)
    VALUES (${taskId}::text, ${workflowId}::int, ${now}::timestamptz) ON CONFLICT (task_id) DO NOTHING`);
  return (await calledWorkflow(queries, taskId)) ?? workflowId;
}

/** Creates a workflow for a call, once. */
export function createCalledWorkflow(
  driver: Driver,
  taskId: string,
  workflow: NewWorkflow,
  now: Date,
): Promise<number> {
  return driver.transaction(async (tx) => {
    // Two that have the call at the same time would both find that nobody has begun.
    await tx.query(sql`SELECT pg_advisory_xact_lock(hashtextextended(${taskId}::text, 0))`);
    const begun = await calledWorkflow(tx, taskId);
    return begun ?? rememberCall(tx, taskId, await createWorkflow(tx, workflow, now), now);
  });
}
