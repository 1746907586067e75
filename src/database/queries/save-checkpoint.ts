import { sql } from 'drizzle-orm';
import type { Fence } from '../../engine/ports.js';
import type { Driver } from '../driver.js';
import { isCurrent, whileCurrent } from './chain.js';

/**
 * Names the file from which a later attempt goes on. A newer epoch is progress, so faults are counted anew from here:
 * a long training on machines that come and go is not set aside, one that dies at the same place three times is.
 */
export async function saveCheckpoint(
  driver: Driver,
  fence: Fence,
  file: string,
  epoch: number,
): Promise<{ accepted: boolean; replaced: string | null }> {
  const saved = await whileCurrent(driver, fence, async (tx) => {
    const [before] = await tx.query<{ checkpoint: string | null }>(
      sql`SELECT checkpoint FROM workflow_step WHERE id = ${fence.stepId}::int`,
    );
    await tx.query(sql`
      UPDATE workflow_step
      SET checkpoint = ${file}::text, checkpoint_epoch = ${epoch}::int,
          failures = CASE WHEN ${epoch}::int > coalesce(checkpoint_epoch, 0) THEN 0 ELSE failures END
      WHERE ${isCurrent(fence)}`);
    return { accepted: true, replaced: before?.checkpoint === file ? null : (before?.checkpoint ?? null) };
  });
  return saved ?? { accepted: false, replaced: null };
}
