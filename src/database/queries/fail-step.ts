import { sql } from 'drizzle-orm';
import type { StoredError } from '../../contract/entities.js';
import type { Fence } from '../../engine/ports.js';
import { type Driver, json } from '../driver.js';
import { announce, isCurrent, whileCurrent, writeLog } from './chain.js';

/** Step and workflow → FAILED; the steps after it stay PENDING, for a retry. */
export async function failStep(
  driver: Driver,
  fence: Fence,
  error: StoredError,
  traceback: string | null,
  now: Date,
): Promise<boolean> {
  const failed = await whileCurrent(driver, fence, async (tx, { workflowId, name, attempt, taskId }) => {
    await tx.query(sql`
      UPDATE workflow_step
      SET status = 'FAILED', completed_at = ${now}::timestamptz, error = ${json(error)}, lease_until = NULL,
          failures = failures + 1
      WHERE ${isCurrent(fence)}`);
    await tx.query(sql`
      UPDATE task_result
      SET status = 'FAILURE', completed_at = ${now}::timestamptz, result = ${json(error)},
          traceback = ${traceback}::text
      WHERE task_id = ${taskId}::text`);
    await tx.query(sql`
      UPDATE workflow
      SET status = 'FAILED', completed_at = ${now}::timestamptz, error = ${json(error)},
          duration_ms = extract(epoch FROM ${now}::timestamptz - started_at)::float8 * 1000
      WHERE id = ${workflowId}::int`);
    const params = { ...error.params, step: name, code: error.code };
    await writeLog(tx, workflowId, { level: 'error', step: name, attempt, code: 'stepFailed', params }, now);
    await announce(tx, workflowId);
    return true;
  });
  return failed ?? false;
}
