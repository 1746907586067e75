import { sql } from 'drizzle-orm';
import type { Fence } from '../../engine/ports.js';
import type { Driver } from '../driver.js';
import { currentStep } from './chain.js';

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
  const [saved] = await driver.query<{ before: string | null }>(
    sql`
      WITH ${currentStep(fence)},
      before AS (SELECT s.checkpoint FROM workflow_step s JOIN step ON step.id = s.id),
      saved AS (
        UPDATE workflow_step s
        SET checkpoint = ${file}::text, checkpoint_epoch = ${epoch}::int,
            failures = CASE WHEN ${epoch}::int > coalesce(s.checkpoint_epoch, 0) THEN 0 ELSE s.failures END
        FROM step WHERE s.id = step.id
      )
      SELECT checkpoint AS before FROM before`,
    'save-checkpoint',
  );
  if (saved === undefined) return { accepted: false, replaced: null };
  return { accepted: true, replaced: saved.before === file ? null : saved.before };
}
