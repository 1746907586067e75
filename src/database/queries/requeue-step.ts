import { sql } from 'drizzle-orm';
import type { StoredError } from '../../contract/entities.js';
import type { Fence } from '../../engine/ports.js';
import { type Driver, json } from '../driver.js';
import {
  announce,
  type CurrentStep,
  isCurrent,
  type LogRow,
  queueStep,
  seconds,
  whileCurrent,
  writeLog,
} from './chain.js';

/** RUNNING → QUEUED, due at `retryAt`, under the same task id; `countAttempt` counts a fault. */
export async function requeueStep(
  driver: Driver,
  fence: Fence,
  error: StoredError | null,
  retryAt: Date,
  countAttempt: boolean,
  now: Date,
  traceback: string | null,
): Promise<boolean> {
  const requeued = await whileCurrent(driver, fence, async (tx, step) => {
    await tx.query(sql`
      UPDATE workflow_step
      SET error = coalesce(${json(error)}, error), failures = failures + ${countAttempt ? 1 : 0}::int
      WHERE ${isCurrent(fence)}`);
    await tx.query(sql`
      UPDATE task_result
      SET status = 'RETRY', retries = retries + 1, result = ${json(error)}, traceback = ${traceback}::text
      WHERE task_id = ${step.taskId}::text`);
    await queueStep(tx, { ...step, dueAt: retryAt }, now);
    await writeLog(tx, step.workflowId, logOf(step, error, retryAt, now), now);
    await announce(tx, step.workflowId);
    return true;
  });
  return requeued ?? false;
}

function logOf({ name, attempt, worker }: CurrentStep, error: StoredError | null, retryAt: Date, now: Date): LogRow {
  const row = { step: name, attempt };
  if (error === null) return { ...row, level: 'info', code: 'stepQueued', params: { step: name } };
  if (error.code === 'WORKER_LOST') {
    return { ...row, level: 'warning', code: 'workerLost', params: { worker, step: name } };
  }
  const params = { ...error.params, step: name, seconds: Math.max(0, seconds(now, retryAt)), code: error.code };
  return { ...row, level: 'warning', code: 'stepRetrying', params };
}
