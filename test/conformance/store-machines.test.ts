/** What metrics and webhooks need of the database, on both kinds of it. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { countEvents, showTotals } from '../../src/engine/metrics/totals.js';
import type { ChainEvent, LogReading, NewDelivery, Store } from '../../src/engine/ports.js';
import {
  createPgliteDatabase,
  createPostgresDatabase,
  findPostgres,
  postgresMissing,
  type TestDatabase,
} from '../support/database.js';
import { at, claimNext, createChain, fenceOf, newDataset, newWorkflow, outputOf, runToEnd, start } from './chain.js';

const withPostgres = await findPostgres();
const kinds: [string, () => Promise<TestDatabase>][] = [
  ['PGlite', createPgliteDatabase],
  ...(withPostgres ? [['PostgreSQL', createPostgresDatabase] as [string, typeof createPostgresDatabase]] : []),
];

const delivery = (key: string, url = 'https://one.test/'): NewDelivery => ({
  key,
  event: 'workflow.completed',
  url,
  payload: { key },
});

describe.each(kinds)('the machines’ part of the store: %s', (_, create) => {
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await create();
    store = database.store;
  });
  afterEach(() => database.drop());

  /**
   * What a reader is given, each reading ended, until there are so many events: on a server, a transaction of another
   * database may be under way, and is waited for.
   */
  const readEvents = async (count: number, reader = 'metrics'): Promise<ChainEvent[]> => {
    const events: ChainEvent[] = [];
    const read = async () => {
      const reading = await store.readLog(reader);
      if (reading !== null) {
        events.push(...reading.events);
        expect(await store.endReading(reader, reading, {}, [], start)).toBe(true);
      }
      return events.length;
    };
    await expect.poll(read, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(count);
    return events;
  };
  const readOne = async (reader: string): Promise<LogReading> => {
    let reading: LogReading | null = null;
    await expect
      .poll(
        async () => {
          reading = await store.readLog(reader);
          return reading;
        },
        { timeout: 10_000, interval: 20 },
      )
      .not.toBeNull();
    if (reading === null) throw new Error('there is something to read');
    return reading;
  };

  test('a new reader begins where the log ends, and is given each later line of a chain once, in order', async () => {
    await runToEnd(store, await createChain(store));
    expect(await store.readLog('metrics')).toBeNull();
    expect(await readEvents(0)).toEqual([]);
    const id = await createChain(store);
    const claimed = await claimNext(store, id, at(500));
    await store.appendLogs(fenceOf(claimed), [
      { at: at(600).toISOString(), level: 'info', code: 'fileVerified', params: {} },
    ]);
    await store.completeStep(fenceOf(claimed), outputOf(claimed), at(2_000));
    const events = await readEvents(5);
    expect(events.map(({ code, step, attempt }) => [code, step, attempt])).toEqual([
      ['workflowCreated', null, null],
      ['stepQueued', 'upload', null],
      ['stepStarted', 'upload', 1],
      ['stepCompleted', 'upload', 1],
      ['stepQueued', 'preprocess', null],
    ]);
    expect(events.find(({ code }) => code === 'stepCompleted')).toMatchObject({
      workflowId: id,
      at: at(2_000),
      before: { code: 'stepStarted', at: at(500).getTime() },
    });
    expect(await readEvents(0)).toEqual([]);
    expect((await store.readLog('other'))?.events ?? []).toEqual([]);
  });

  test('of two who read the same, one ends the reading, and only that one’s deliveries and totals are recorded', async () => {
    await store.readLog('webhooks');
    await createChain(store);
    const [first, second] = [await readOne('webhooks'), await readOne('webhooks')];
    expect(await store.endReading('webhooks', first, { seen: 1 }, [delivery('a')], start)).toBe(true);
    expect(await store.endReading('webhooks', second, { seen: 2 }, [delivery('b')], start)).toBe(false);
    expect((await store.listDeliveries({ limit: 10 })).map(({ key }) => key)).toEqual(['a']);
    await createChain(store);
    expect((await readOne('webhooks')).totals).toEqual({ seen: 1 });
  });

  test('an event is recorded once for an address, whoever notices it', async () => {
    expect(await store.insertDeliveries([delivery('a'), delivery('b')], start)).toBe(2);
    expect(await store.insertDeliveries([delivery('b'), delivery('c')], start)).toBe(1);
    expect((await store.listDeliveries({ limit: 10 })).map(({ key }) => key)).toEqual(['c', 'b', 'a']);
  });

  test('a delivery that is taken is counted, and nobody else’s until its time; its end is kept', async () => {
    const other = 'https://two.test/';
    await store.insertDeliveries([delivery('a'), delivery('b'), delivery('c', other)], start);
    const taken = await store.takeDeliveries('https://one.test/', 1, at(60_000), start);
    expect(taken.map(({ key, attempts, payload }) => [key, attempts, payload])).toEqual([['a', 1, { key: 'a' }]]);
    const rest = await store.takeDeliveries('https://one.test/', 9, at(60_000), at(59_999));
    expect(rest.map(({ key }) => key)).toEqual(['b']);
    expect(await store.takeDeliveries('https://one.test/', 9, at(120_000), at(59_999))).toEqual([]);
    const again = await store.takeDeliveries('https://one.test/', 9, at(120_000), at(60_000));
    expect(again.map(({ key, attempts }) => [key, attempts])).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
    const [a, b] = again;
    const none = { deliveredAt: null, dueAt: null };
    await store.endDelivery(a?.id ?? 0, { ...none, deliveredAt: at(61_000), status: 204, error: null });
    await store.endDelivery(b?.id ?? 0, { ...none, status: 500, error: 'HTTP 500' });
    expect((await store.listDeliveries({ status: 'delivered', limit: 9 })).map(({ key }) => key)).toEqual(['a']);
    expect((await store.listDeliveries({ status: 'pending', limit: 9 })).map(({ key }) => key)).toEqual(['c']);
    expect(await store.listDeliveries({ status: 'given_up', limit: 9 })).toMatchObject([
      { key: 'b', attempts: 2, lastStatus: 500, lastError: 'HTTP 500' },
    ]);
    await store.tidyDeliveries(at(1), at(1));
    expect(await store.listDeliveries({ limit: 9 })).toMatchObject([{ key: 'c', dueAt: null, attempts: 0 }]);
  });

  test('the figures say how many wait, run and are there, and for how long the first has waited', async () => {
    const { record } = await store.insertDataset(newDataset(), start);
    const running = await store.createWorkflow(newWorkflow(record.id), start);
    await claimNext(store, running, at(1_000));
    await store.createWorkflow(newWorkflow(record.id), at(2_000));
    await store.createWorkflow(newWorkflow(record.id, { held: true }), start);
    await store.createWorkflow(newWorkflow(record.id, { start: false }), start);
    await store.insertDeliveries([delivery('a')], start);
    const figures = await store.figures('metrics', 20_000, at(12_000));
    expect(figures.steps).toEqual([{ step: 'upload', queued: 2, running: 1, oldestWaitSeconds: 10 }]);
    expect(figures.workflows).toEqual(
      expect.arrayContaining([
        { status: 'PENDING', count: 1, held: 0 },
        { status: 'RUNNING', count: 3, held: 1 },
      ]),
    );
    expect(figures.outbox).toEqual({ messages: 2, oldestSeconds: 12 });
    expect(figures.deliveries).toEqual([{ status: 'pending', count: 1 }]);
    expect(figures.totals).toEqual({});
  });

  test('the counts tell how attempts ended and how long they took and waited', async () => {
    await store.readLog('metrics');
    const completed = await createChain(store);
    const first = await claimNext(store, completed, at(3_000));
    await store.completeStep(fenceOf(first), outputOf(first), at(5_000));
    await runToEnd(store, completed, at(5_000));

    const failing = await createChain(store);
    const handedBack = await claimNext(store, failing, start);
    await store.requeueStep(fenceOf(handedBack), null, at(100), false, at(100));
    const crashed = await claimNext(store, failing, at(100));
    const crash = { code: 'STEP_CRASHED' as const, params: { step: 'upload', how: 'SIGSEGV' } };
    await store.requeueStep(fenceOf(crashed), crash, at(2_000), true, at(1_000));
    const lost = await claimNext(store, failing, at(2_500));
    const loss = { code: 'WORKER_LOST' as const, params: { worker: 'worker-1', step: 'upload' } };
    await store.requeueStep(fenceOf(lost), loss, at(33_000), true, at(33_000));
    const last = await claimNext(store, failing, at(33_000));
    const gaveUp = { ...loss.params, attempts: 3, lastCode: 'WORKER_LOST' };
    await store.failStep(fenceOf(last), { code: 'STEP_GAVE_UP', params: gaveUp }, null, at(63_000));

    const cancelled = await createChain(store);
    await store.cancelWorkflow(cancelled, at(1_000));

    const shown = showTotals(countEvents({}, await readEvents(24)));
    const series = (name: string) =>
      Object.fromEntries(
        shown
          .filter(({ family }) => family.name === name)
          .flatMap(({ series: all }) =>
            all.map(([labels, value]) => [
              labels.join(' '),
              typeof value === 'number' ? value : [value.counts.reduce((sum, count) => sum + count, 0), value.sum],
            ]),
          ),
      );
    expect(series('zincir_workflows_created_total')).toEqual({ '': 3 });
    expect(series('zincir_workflows_ended_total')).toEqual({ completed: 1, failed: 1, cancelled: 1 });
    expect(series('zincir_step_duration_seconds')).toEqual({
      'upload completed': [1, 2],
      'preprocess completed': [1, 0],
      'train completed': [1, 0],
      'upload handed_back': [1, 0.1],
      'upload retried': [1, 0.9],
      'upload lost': [1, 30.5],
      'upload failed': [1, 30],
    });
    // 3 s for the first; the one tried again was due at 2 s and taken at 2.5 s.
    expect(series('zincir_step_wait_seconds')).toEqual({
      upload: [5, 3.5],
      preprocess: [1, 0],
      train: [1, 0],
    });
    expect(series('zincir_step_retries_total')).toMatchObject({ upload: 2, preprocess: 0, train: 0 });
    expect(series('zincir_leases_lost_total')).toMatchObject({ upload: 2, preprocess: 0, train: 0 });
    expect(series('zincir_step_failures_total')).toEqual({ 'upload STEP_GAVE_UP': 1 });
  });
});

describe.skipIf(!withPostgres)(`a log that many write${withPostgres ? '' : ` (${postgresMissing})`}`, () => {
  test('is not read past a line whose transaction is still under way, and then whole', async () => {
    const database = await createPostgresDatabase();
    const { store } = database;
    const writer = new pg.Client({ connectionString: database.url });
    await writer.connect();
    await store.readLog('metrics');
    const id = await createChain(store);
    const seen: number[] = [];
    const read = async () => {
      const reading = await store.readLog('metrics');
      if (reading === null) return [];
      const fresh = reading.events.filter(({ code }) => code === 'workerLost').map((event) => event.id);
      seen.push(...fresh);
      await store.endReading('metrics', reading, {}, [], start);
      return reading.events;
    };
    await read();

    const slow = `INSERT INTO workflow_log (workflow_id, at, level, step, code, params)
                  VALUES (${id}, now(), 'warning', 'upload', 'workerLost', '{}') RETURNING id`;
    await writer.query('BEGIN');
    // A line of a chain always comes after the lock of its workflow, which gives the transaction its number.
    await writer.query(`SELECT FROM workflow WHERE id = ${id} FOR NO KEY UPDATE`);
    const late: number = (await writer.query<{ id: number }>(slow)).rows.map((row) => Number(row.id))[0] ?? 0;
    await createChain(store);
    // What was written after it is seen already; it is not.
    for (let looks = 0; looks < 3; looks++) expect(await read()).toEqual([]);
    await writer.query('COMMIT');
    const soFar = async () => {
      await read();
      return seen;
    };
    await expect.poll(soFar, { timeout: 10_000 }).toEqual([late]);
    await createChain(store);
    await expect.poll(read, { timeout: 10_000 }).not.toEqual([]);
    expect(seen).toEqual([late]);
    await writer.end();
    await database.drop();
  });
});
