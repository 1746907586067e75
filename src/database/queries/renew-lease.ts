import { sql } from 'drizzle-orm';
import type { Progress, StepStatus } from '../../contract/entities.js';
import type { Fence, LeaseAnswer } from '../../engine/ports.js';
import { type Driver, json } from '../driver.js';
import { announce, isCurrent, whileCurrent } from './chain.js';

export async function renewLease(
  driver: Driver,
  fence: Fence,
  leaseMs: number,
  progress: Progress | null,
  now: Date,
): Promise<LeaseAnswer> {
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const held = await whileCurrent(driver, fence, async (tx, step) => {
    await tx.query(sql`
      UPDATE workflow_step
      SET lease_until = ${leaseUntil}::timestamptz, progress = coalesce(${json(progress)}, progress)
      WHERE ${isCurrent(fence)}`);
    if (progress !== null) await announce(tx, step.workflowId);
    return true;
  });
  if (held) return 'held';
  const [step] = await driver.query<{ status: StepStatus; attempt: number }>(
    sql`SELECT status, attempt FROM workflow_step WHERE id = ${fence.stepId}::int`,
  );
  return step?.status === 'CANCELLED' && step.attempt === fence.attempt ? 'cancelled' : 'lost';
}
