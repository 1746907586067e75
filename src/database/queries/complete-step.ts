import { sql } from 'drizzle-orm';
import { type StepName, TrainingResult } from '../../contract/entities.js';
import type { StepOutput } from '../../contract/tasks.js';
import type { Fence } from '../../engine/ports.js';
import { type Driver, json, type Queries } from '../driver.js';
import { announce, type CurrentStep, isCurrent, queueStep, seconds, whileCurrent, writeLog } from './chain.js';

/** Step → COMPLETED with result and files, then next step → QUEUED, or workflow → COMPLETED. */
export async function completeStep(driver: Driver, fence: Fence, output: StepOutput, now: Date): Promise<boolean> {
  const completed = await whileCurrent(driver, fence, async (tx, step) => {
    const { workflowId, name, attempt } = step;
    await tx.query(sql`
      UPDATE workflow_step
      SET status = 'COMPLETED', completed_at = ${now}::timestamptz, result = ${json(output.result)}, error = NULL,
          lease_until = NULL, checkpoint = NULL, checkpoint_epoch = NULL
      WHERE ${isCurrent(fence)}`);
    await tx.query(sql`
      UPDATE task_result
      SET status = 'SUCCESS', completed_at = ${now}::timestamptz, result = ${json(output.result)}, traceback = NULL
      WHERE task_id = ${step.taskId}::text`);
    await recordOutput(tx, step, output);
    const params = { step: name, seconds: seconds(step.startedAt, now) };
    await writeLog(tx, workflowId, { level: 'info', step: name, attempt, code: 'stepCompleted', params }, now);
    const [next] = await tx.query<{ id: number; name: StepName; attempt: number }>(sql`
      SELECT id, name, attempt FROM workflow_step
      WHERE workflow_id = ${workflowId}::int AND position > ${step.position}::int AND status = 'PENDING'
      ORDER BY position LIMIT 1`);
    if (next) {
      await queueStep(tx, { ...next, workflowId, taskId: null, dueAt: now }, now);
      const queued = { step: next.name };
      await writeLog(
        tx,
        workflowId,
        { level: 'info', step: next.name, attempt: null, code: 'stepQueued', params: queued },
        now,
      );
    } else {
      await completeWorkflow(tx, workflowId, output, now);
    }
    await announce(tx, workflowId);
    return true;
  });
  return completed ?? false;
}

async function recordOutput(tx: Queries, step: CurrentStep, output: StepOutput): Promise<void> {
  if (output.files.length > 0) {
    await tx.query(sql`
      INSERT INTO workflow_file (workflow_id, step_id, name, file, size_bytes, sha256)
      SELECT ${step.workflowId}::int, ${step.id}::int, f.name, f.file, f."sizeBytes", f.sha256
      FROM jsonb_to_recordset(${json(output.files)}) AS f(name text, file text, "sizeBytes" bigint, sha256 text)
      ON CONFLICT (workflow_id, step_id, name) DO UPDATE
      SET file = excluded.file, size_bytes = excluded.size_bytes, sha256 = excluded.sha256`);
  }
  if (output.profile) {
    await tx.query(sql`
      UPDATE dataset SET profile = ${json(output.profile)}
      WHERE id = (SELECT dataset_id FROM workflow WHERE id = ${step.workflowId}::int)`);
  }
}

/** A last step whose result is no training result leaves no summary; it need not be a training. */
async function completeWorkflow(tx: Queries, workflowId: number, output: StepOutput, now: Date): Promise<void> {
  const parsed = TrainingResult.safeParse(output.result);
  const summary = parsed.success ? parsed.data : null;
  await tx.query(sql`
    UPDATE workflow
    SET status = 'COMPLETED', completed_at = ${now}::timestamptz, error = NULL,
        duration_ms = extract(epoch FROM ${now}::timestamptz - started_at)::float8 * 1000,
        train_accuracy = ${summary?.trainAccuracy ?? null}::float8,
        validation_accuracy = ${summary?.validationAccuracy ?? null}::float8
    WHERE id = ${workflowId}::int`);
  if (summary) {
    await tx.query(sql`
      INSERT INTO training_result (workflow_id, summary, files, created_at)
      SELECT ${workflowId}::int, ${json(summary)},
             (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'file', file, 'sizeBytes', size_bytes,
                                                           'sha256', sha256) ORDER BY name), '[]'::jsonb)
              FROM workflow_file WHERE workflow_id = ${workflowId}::int),
             ${now}::timestamptz
      ON CONFLICT (workflow_id) DO UPDATE
      SET summary = excluded.summary, files = excluded.files, created_at = excluded.created_at`);
  }
  const params = { accuracy: summary?.validationAccuracy ?? null };
  await writeLog(tx, workflowId, { level: 'info', step: null, attempt: null, code: 'workflowCompleted', params }, now);
}
