import { sql } from 'drizzle-orm';
import type { Progress, StepStatus } from '../../contract/entities.js';
import type { Fence, LeaseAnswer } from '../../engine/ports.js';
import { type Driver, json, unhurried } from '../driver.js';
import { currentStep, tellWatchers } from './chain.js';

/** A renewal that a crash of the server forgets only makes the lease end a second earlier, so it waits for no disk. */
export async function renewLease(
  driver: Driver,
  fence: Fence,
  leaseMs: number,
  progress: Progress | null,
  now: Date,
): Promise<LeaseAnswer> {
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const [held] = await driver.query<{ workflowId: number }>(
    sql`
      WITH ${currentStep(fence)},
      renewed AS (
        UPDATE workflow_step s
        SET lease_until = ${leaseUntil}::timestamptz, progress = coalesce(${json(progress)}, s.progress)
        FROM step WHERE s.id = step.id
      ),
      changed AS (
        UPDATE workflow w SET version = version + 1
        FROM step WHERE w.id = step.workflow_id AND ${progress !== null}::boolean
      )
      SELECT workflow_id AS "workflowId", ${unhurried} FROM step`,
    'renew-lease',
  );
  if (held !== undefined) {
    if (progress !== null) tellWatchers(driver, held.workflowId);
    return 'held';
  }
  const [step] = await driver.query<{ status: StepStatus; attempt: number }>(
    sql`SELECT status, attempt FROM workflow_step WHERE id = ${fence.stepId}::int`,
  );
  return step?.status === 'CANCELLED' && step.attempt === fence.attempt ? 'cancelled' : 'lost';
}
