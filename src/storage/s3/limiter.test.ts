import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { limiter } from './limiter.js';

test('no more than so many works run at a time, all of them run, and one that fails gives its place back', async () => {
  const limited = limiter(3);
  let running = 0;
  let most = 0;
  const work = (i: number) => async () => {
    most = Math.max(most, ++running);
    await sleep(1);
    running--;
    if (i % 5 === 0) throw new Error(`${i}`);
    return i;
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => limited(work(i))));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
  expect(most).toBe(3);
  expect(await limited(async () => 'free')).toBe('free');
});
