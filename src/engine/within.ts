/** A promise with an end: whoever does not answer in time counts as away. */
import { setTimeout as sleep } from 'node:timers/promises';

/** @throws Error where `work` has not settled after `ms`; what it does then, nobody hears */
export async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${ms / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
    work.catch(() => {});
  }
}
