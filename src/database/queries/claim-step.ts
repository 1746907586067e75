import { sql } from 'drizzle-orm';
import type { StepInput } from '../../contract/tasks.js';
import type { ClaimedStep } from '../../engine/ports.js';
import { type Driver, unhurried } from '../driver.js';
import { lockedWorkflow, tellWatchers } from './chain.js';

/** Clocks of two machines differ a little: a message that comes this much early is not early. */
const clockToleranceMs = 1_000;

type Claimed = Omit<StepInput, 'stepId'> & { failures: number; taskId: string; set_config: string };

/**
 * QUEUED → RUNNING under a new attempt; of many who ask at once, one gets it.
 *
 * It waits for no disk, which halves what the engine adds to a step. A server that crashes within the next second may
 * forget the claim: then the step is QUEUED again, and whoever runs it is fenced off, by its name where the attempt's
 * number is given out anew. Everything that a worker writes afterwards is on the disk behind its claim, never without.
 */
export async function claimStep(
  driver: Driver,
  stepId: number,
  worker: string,
  leaseMs: number,
  now: Date,
): Promise<ClaimedStep | null> {
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const dueBy = new Date(now.getTime() + clockToleranceMs);
  const [claimed] = await driver.query<Claimed>(
    sql`
      WITH ${lockedWorkflow(stepId)},
      step AS (
        UPDATE workflow_step s
        SET status = 'RUNNING', attempt = attempt + 1, started_at = ${now}::timestamptz,
            lease_until = ${leaseUntil}::timestamptz, worker = ${worker}::text, retry_at = NULL, progress = NULL
        FROM chain
        WHERE s.id = ${stepId}::int AND s.workflow_id = chain.id AND chain.status = 'RUNNING' AND NOT chain.held
          AND s.status = 'QUEUED' AND (s.retry_at IS NULL OR s.retry_at <= ${dueBy}::timestamptz)
        RETURNING s.workflow_id, s.name, s.position, s.attempt, s.failures, s.task_id, s.checkpoint
      ),
      task AS (
        UPDATE task_result t
        SET status = 'STARTED', worker = ${worker}::text, started_at = ${now}::timestamptz
        FROM step WHERE t.task_id = step.task_id
      ),
      line AS (
        INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
        SELECT workflow_id, ${now}::timestamptz, 'info', name, attempt, 'stepStarted',
               jsonb_build_object('step', name, 'worker', ${worker}::text, 'attempt', attempt)
        FROM step
      ),
      changed AS (UPDATE workflow w SET version = version + 1 FROM step WHERE w.id = step.workflow_id)
      SELECT step.workflow_id AS "workflowId", step.name, step.attempt, step.failures, step.task_id AS "taskId",
             step.checkpoint, w.config,
             jsonb_build_object(
               'id', d.id, 'fileName', d.file_name, 'file', d.file, 'sha256', d.sha256, 'sizeBytes', d.size_bytes,
               'dialect', d.dialect, 'profile', d.profile) AS dataset,
             (SELECT coalesce(jsonb_object_agg(b.name, coalesce(b.result, '{}'::jsonb)), '{}'::jsonb)
              FROM workflow_step b
              WHERE b.workflow_id = step.workflow_id AND b.position < step.position) AS results,
             (SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'name', f.name, 'file', f.file, 'sizeBytes', f.size_bytes, 'sha256', f.sha256)
                       ORDER BY b.position, f.name), '[]'::jsonb)
              FROM workflow_file f JOIN workflow_step b ON b.id = f.step_id
              WHERE f.workflow_id = step.workflow_id AND b.position < step.position) AS files,
             ${unhurried}
      FROM step JOIN workflow w ON w.id = step.workflow_id JOIN dataset d ON d.id = w.dataset_id`,
    'claim-step',
  );
  if (claimed === undefined) return null;
  const { failures, taskId, set_config: _, ...input } = claimed;
  tellWatchers(driver, input.workflowId);
  return { input: { stepId, ...input }, taskId, leaseUntil, failures };
}
