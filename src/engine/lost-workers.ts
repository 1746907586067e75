/** Steps whose worker is gone run again. */
import { AppError } from '../contract/errors.js';
import { type SettleContext, settleFailure } from './attempts.js';

const batch = 100;
/** Later than any time that a clock, even one that was set back, has written. */
const endOfTime = new Date('9999-01-01T00:00:00Z');

/** RUNNING steps whose lease has passed are tried again, with the pause that follows a fault. */
export const settleExpired = (context: SettleContext): Promise<void> => settle(context, context.clock.now(), false);

/**
 * Every RUNNING step is tried again at once. Only for a start of the one process that a database can have: whoever
 * ran these steps was that process, or a child of it, and is no longer there.
 */
export const settleAll = (context: SettleContext): Promise<void> => settle(context, endOfTime, true);

async function settle(context: SettleContext, until: Date, atOnce: boolean): Promise<void> {
  for (;;) {
    const expired = await context.store.expiredSteps(until, batch);
    for (const { worker, ...attempt } of expired) {
      const lost = new AppError('WORKER_LOST', { worker, step: attempt.name });
      await settleFailure(context, attempt, lost, null, { atOnce });
    }
    if (expired.length < batch) return;
  }
}
