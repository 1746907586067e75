import { sql } from 'drizzle-orm';
import type { StepInput, StoredFile } from '../../contract/tasks.js';
import type { ClaimedStep } from '../../engine/ports.js';
import type { Driver, Queries } from '../driver.js';
import { announce, lockWorkflowOf, writeLog } from './chain.js';

/** Clocks of two machines differ a little: a message that comes this much early is not early. */
const clockToleranceMs = 1_000;

interface Claimed {
  workflowId: number;
  name: StepInput['name'];
  position: number;
  attempt: number;
  failures: number;
  taskId: string;
  checkpoint: string | null;
}

/** QUEUED → RUNNING under a new attempt; of many who ask at once, one gets it. */
export function claimStep(
  driver: Driver,
  stepId: number,
  worker: string,
  leaseMs: number,
  now: Date,
): Promise<ClaimedStep | null> {
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const dueBy = new Date(now.getTime() + clockToleranceMs);
  return driver.transaction(async (tx) => {
    if ((await lockWorkflowOf(tx, stepId)) === null) return null;
    const [step] = await tx.query<Claimed>(sql`
      UPDATE workflow_step
      SET status = 'RUNNING', attempt = attempt + 1, started_at = ${now}::timestamptz,
          lease_until = ${leaseUntil}::timestamptz, worker = ${worker}::text, retry_at = NULL, progress = NULL
      WHERE id = ${stepId}::int AND status = 'QUEUED' AND (retry_at IS NULL OR retry_at <= ${dueBy}::timestamptz)
        AND EXISTS (SELECT 1 FROM workflow WHERE workflow.id = workflow_step.workflow_id AND workflow.status = 'RUNNING')
      RETURNING workflow_id AS "workflowId", name, position, attempt, failures, task_id AS "taskId", checkpoint`);
    if (step === undefined) return null;
    const { workflowId, name, attempt, taskId } = step;
    await tx.query(sql`
      UPDATE task_result
      SET status = 'STARTED', worker = ${worker}::text, started_at = ${now}::timestamptz
      WHERE task_id = ${taskId}::text`);
    const params = { step: name, worker, attempt };
    await writeLog(tx, workflowId, { level: 'info', step: name, attempt, code: 'stepStarted', params }, now);
    await announce(tx, workflowId);
    return { input: await inputOf(tx, stepId, step), taskId, leaseUntil, failures: step.failures };
  });
}

async function inputOf(tx: Queries, stepId: number, step: Claimed): Promise<StepInput> {
  const { workflowId, name, position, attempt, checkpoint } = step;
  const [workflow] = await tx.query<Pick<StepInput, 'config' | 'dataset'>>(sql`
    SELECT w.config, json_build_object(
             'id', d.id, 'fileName', d.file_name, 'file', d.file, 'sha256', d.sha256, 'sizeBytes', d.size_bytes,
             'dialect', d.dialect, 'profile', d.profile) AS dataset
    FROM workflow w JOIN dataset d ON d.id = w.dataset_id WHERE w.id = ${workflowId}::int`);
  if (workflow === undefined) throw new Error(`workflow ${workflowId} vanished under its lock`);
  const before = await tx.query<{ name: string; result: Record<string, unknown> | null }>(sql`
    SELECT name, result FROM workflow_step
    WHERE workflow_id = ${workflowId}::int AND position < ${position}::int ORDER BY position`);
  const files = await tx.query<StoredFile>(sql`
    SELECT f.name, f.file, f.size_bytes AS "sizeBytes", f.sha256
    FROM workflow_file f JOIN workflow_step s ON s.id = f.step_id
    WHERE f.workflow_id = ${workflowId}::int AND s.position < ${position}::int ORDER BY s.position, f.name`);
  const results = Object.fromEntries(before.map((row) => [row.name, row.result ?? {}]));
  return { stepId, workflowId, name, attempt, ...workflow, results, files, checkpoint };
}
