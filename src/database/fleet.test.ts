/** Workers in numbers: what is asked for often must not grow with them, and their tables must not grow for ever. */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createPostgresDatabase,
  findPostgres,
  postgresMissing,
  type TestDatabase,
} from '../../test/support/database.js';
import type { Beat, Store } from '../engine/ports.js';
import type { Driver } from './driver.js';
import { openPostgres } from './postgres.js';

const here = await findPostgres();
const workers = 1_000;

describe.skipIf(!here)(`a thousand workers${here ? '' : ` (${postgresMissing})`}`, () => {
  let database: TestDatabase;
  let store: Store;
  let driver: Driver;
  beforeAll(async () => {
    database = await createPostgresDatabase();
    store = database.store;
    driver = openPostgres(database.url);
    await driver.query(sql`
      INSERT INTO worker (name, host, pid, queues, concurrency, version, online, started_at, heartbeat_at, processed)
      SELECT 'zincir@host-' || n, 'host', n, '["zincir.train"]', 2, '1', true, now(), now(), 500
      FROM generate_series(1, ${workers}::int) AS n`);
    // The last hour in steps of ten seconds, and a day before it in minutes, as it is at one moment.
    await driver.transaction(async (tx) => {
      await tx.query(sql`
        INSERT INTO worker_sample (worker, at, active, slots, processed, failed, retried, load, memory_bytes, children_bytes)
        SELECT 'zincir@host-' || n, to_timestamp(floor(extract(epoch FROM now()) / 10) * 10 - t * 10), 1, 2, 361 - t, 0, 0,
               1, 100000000, 50000000
        FROM generate_series(1, ${workers}::int) AS n, generate_series(0, 360) AS t`);
      await tx.query(sql`
        INSERT INTO worker_sample (worker, at, active, slots, processed, failed, retried)
        SELECT 'zincir@host-' || n, to_timestamp(floor(extract(epoch FROM now()) / 60) * 60 - t * 60), 1, 2,
               361 - t * 6 - floor(extract(epoch FROM now()) % 60 / 10), 0, 0
        FROM generate_series(1, ${workers}::int) AS n, generate_series(60, 722) AS t
        ON CONFLICT DO NOTHING`);
    });
    await driver.query(sql`
      INSERT INTO worker_command (worker, action, params, asked_at, answered_at, ok, answer)
      SELECT 'zincir@host-' || (n % ${workers}::int), 'grow', '{}', now(), now(), true, 'slots'
      FROM generate_series(1, 50000) AS n`);
    await driver.query(sql`ANALYZE`);
  }, 300_000);
  afterAll(async () => {
    await driver?.close();
    await database?.drop();
  });

  const medianMs = async (ask: () => Promise<unknown>) => {
    const took: number[] = [];
    for (let i = 0; i < 9; i++) {
      const began = performance.now();
      await ask();
      took.push(performance.now() - began);
    }
    return took.toSorted((a, b) => a - b)[4] ?? Number.POSITIVE_INFINITY;
  };

  test('each reading of them takes less than 100 ms, with a million samples', async () => {
    const name = 'zincir@host-7';
    const instance = 'one';
    await driver.query(sql`UPDATE worker SET instance = ${instance}::text WHERE name = ${name}::text`);
    const beat: Beat = {
      ...{ name, instance, active: 1, slots: 2, draining: false, processed: 500, failed: 0, retried: 0 },
      ...{ queues: ['zincir.train'], load: null, memoryBytes: 1, childrenBytes: 1, clockDriftMs: 0 },
    };
    const times = {
      list: await medianMs(() => store.listWorkers()),
      online: await medianMs(() => store.onlineWorkers(3_600_000)),
      count: await medianMs(() => store.countAttempts()),
      find: await medianMs(() => store.findWorker(name)),
      beat: await medianMs(() => store.heartbeatWorker(beat)),
      sample: await medianMs(() => store.recordSample(beat)),
      samples: await medianMs(() => store.workerSamples(name)),
      hour: await medianMs(() => store.fleetSamples(3_600_000)),
      day: await medianMs(() => store.fleetSamples(24 * 3_600_000)),
      commands: await medianMs(() => store.listCommands(name, 20)),
      open: await medianMs(() => store.openCommands(name, instance)),
    };
    for (const [what, ms] of Object.entries(times)) expect(ms, what).toBeLessThan(100);
  }, 120_000);

  test('the points of all together add up, and end where the counters are', async () => {
    const points = await store.fleetSamples(3_600_000);
    expect(points.length).toBeGreaterThan(10);
    expect(points.length).toBeLessThan(400);
    for (const { active, slots } of points.slice(1, -1))
      expect({ active, slots }).toEqual({ active: 1_000, slots: 2_000 });
    expect(points.at(-1)?.processed).toBe(500 * workers);
    const first = points.at(0);
    const last = points.at(-1);
    const seconds = ((last?.at.getTime() ?? 0) - (first?.at.getTime() ?? 0)) / 1000;
    // Each worker counted one in ten seconds.
    expect((last?.processed ?? 0) - (first?.processed ?? 0)).toBe((seconds / 10) * workers);
  });

  test('the last point of all together stands once each has said how it is', async () => {
    const say = (which: string, seconds: number) =>
      driver.query(sql`
        INSERT INTO worker_sample (worker, at, active, slots, processed, failed, retried, memory_bytes)
        SELECT name, to_timestamp(floor(extract(epoch FROM now()) / 10) * 10 - ${seconds}::int), 1, 2, 500, 0, 0, 100
        FROM worker WHERE name LIKE ${which}::text
        ON CONFLICT (worker, at) DO UPDATE SET slots = 2, memory_bytes = 100`);
    const last = async () => (await store.fleetSamples(240_000)).at(-1);
    // A point has just begun.
    await driver.query(sql`SELECT pg_sleep((10 - extract(epoch FROM clock_timestamp())::numeric % 10)::float8 + 0.1)`);
    await say('zincir@%', 10);
    await say('zincir@host-1', 0);
    const before = await last();
    expect(before).toMatchObject({ slots: 2 * workers, memoryBytes: 100 * workers });
    await say('zincir@%', 0);
    const after = await last();
    expect(after).toMatchObject({ slots: 2 * workers, memoryBytes: 100 * workers });
    expect((after?.at.getTime() ?? 0) - (before?.at.getTime() ?? 0)).toBe(10_000);
  });

  test('samples older than an hour stay one a minute and for three days, workers for a week, commands too', async () => {
    const ago = (interval: string) => sql.raw(`now() - interval '${interval}'`);
    // A second try finds what the first one left.
    await driver.query(sql`DELETE FROM worker WHERE name NOT LIKE 'zincir@%'`);
    await driver.query(sql`DELETE FROM worker_sample WHERE worker = 'aged'`);
    const aged = async (name: string, interval: string, online: boolean) =>
      driver.query(sql`
        INSERT INTO worker (name, host, pid, queues, concurrency, version, online, started_at, heartbeat_at)
        VALUES (${name}::text, 'host', 1, '[]', 1, '1', ${online}::boolean, ${ago(interval)}, ${ago(interval)})`);
    await aged('silent for hours', '20 hours', true);
    await aged('silent for a day', '25 hours', true);
    await aged('gone for six days', '6 days', false);
    await aged('gone for a week', '8 days', false);
    // The same minute throughout, though the clock goes on.
    const [now] = await driver.query<{ minute: string }>(sql`SELECT date_trunc('minute', now())::text AS minute`);
    const minute = sql`${now?.minute ?? ''}::timestamptz`;
    for (const interval of ['2 hours', '110 minutes 10 seconds', '4 days']) {
      await driver.query(sql`
        INSERT INTO worker_sample (worker, at, active, slots, processed, failed, retried)
        VALUES ('aged', ${minute} - ${interval}::interval, 0, 1, 0, 0, 0)`);
    }
    await driver.query(sql`
      INSERT INTO worker_command (worker, action, params, asked_at) VALUES ('aged', 'quiet', '{}', ${ago('8 days')})`);
    await store.maintain();
    const names = async (online: boolean) =>
      (
        await driver.query<{ name: string }>(sql`
        SELECT name FROM worker WHERE name NOT LIKE 'zincir@%' AND online = ${online}::boolean ORDER BY name`)
      ).map(({ name }) => name);
    expect(await names(true)).toEqual(['silent for hours']);
    expect(await names(false)).toEqual(['gone for six days', 'silent for a day']);
    const kept = await driver.query<{ minutes: number }>(sql`
      SELECT (extract(epoch FROM ${minute} - at) / 60)::int AS minutes FROM worker_sample WHERE worker = 'aged'`);
    expect(kept).toEqual([{ minutes: 120 }]);
    expect(await driver.query(sql`SELECT id FROM worker_command WHERE worker = 'aged'`)).toEqual([]);
  }, 120_000);
});
