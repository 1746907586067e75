import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPgliteDatabase, type TestDatabase } from '../../test/support/database.js';
import { openDatabaseClock } from './database-clock.js';

const hourMs = 3_600_000;

let database: TestDatabase;
beforeEach(async () => {
  database = await createPgliteDatabase();
});
afterEach(() => database.drop());

const systemAt = (offset: { ms: number }) => ({ now: () => new Date(Date.now() + offset.ms) });
const offBy = (now: Date) => Math.abs(now.getTime() - Date.now());

test.each([hourMs, -hourMs])('a node whose clock is wrong by %d ms goes by the database’s', async (ms) => {
  const told: number[] = [];
  const clock = await openDatabaseClock(systemAt({ ms }), database.store, (aheadMs) => told.push(aheadMs));
  expect(offBy(clock.now())).toBeLessThan(1_000);
  expect(Math.abs(clock.aheadMs - ms)).toBeLessThan(1_000);
  expect(told).toEqual([clock.aheadMs]);
  clock.stop();
});

test('a clock that is right is left as it is, and one that steps is followed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const offset = { ms: 0 };
    const clock = await openDatabaseClock(systemAt(offset), database.store, () => {});
    expect(clock.aheadMs).toBe(0);
    offset.ms = 10_000;
    expect(offBy(clock.now())).toBeGreaterThan(9_000);
    await vi.advanceTimersByTimeAsync(5_000);
    await expect.poll(() => offBy(clock.now())).toBeLessThan(1_000);
    offset.ms = 0;
    await vi.advanceTimersByTimeAsync(5_000);
    await expect.poll(() => clock.aheadMs).toBe(0);
    clock.stop();
  } finally {
    vi.useRealTimers();
  }
});

test('a database that does not answer leaves a node its own clock', async () => {
  const away = { databaseTime: () => Promise.reject(new Error('away')) };
  const clock = await openDatabaseClock(systemAt({ ms: hourMs }), away, () => {});
  expect(clock.aheadMs).toBe(0);
  clock.stop();
});
