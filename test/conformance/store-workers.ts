/** What the `Store` port remembers of workers. Its times are the database's, so these tests wait instead of telling it the time. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Beat, NewWorker, Store } from '../../src/engine/ports.js';

const longMs = 60_000;
const soonMs = 200;

const newWorker = (name = `zincir@here-${randomUUID().slice(0, 8)}`): NewWorker => ({
  name,
  instance: randomUUID(),
  host: 'here',
  pid: 1,
  queues: ['zincir.train'],
  concurrency: 2,
  version: '0.1.0',
});

const beatOf = ({ name, instance }: NewWorker, more: Partial<Beat> = {}): Beat => ({
  name,
  instance,
  queues: ['zincir.upload', 'zincir.train'],
  active: 1,
  slots: 3,
  draining: false,
  processed: 9,
  failed: 2,
  retried: 1,
  load: [0.5, 0.25, 0],
  memoryBytes: 3_000_000_000,
  childrenBytes: 1_000,
  clockDriftMs: -3_600_000.5,
  ...more,
});

export function describeWorkers(
  name: string,
  open: () => Promise<{ store: Store; other?: () => Promise<Store>; drop(): Promise<void> }>,
): void {
  describe(`workers of the store: ${name}`, () => {
    let database: Awaited<ReturnType<typeof open>>;
    let store: Store;
    beforeAll(async () => {
      database = await open();
      store = database.store;
    });
    afterAll(() => database?.drop());

    const online = async (silentAfterMs = longMs) =>
      (await store.onlineWorkers(silentAfterMs)).map((worker) => worker.name);

    test('a worker is online while its heartbeats come, and gone when it says so', async () => {
      const worker = newWorker();
      expect(await store.registerWorker(worker, longMs)).toMatchObject({ own: true, rival: null });
      expect(await online()).toContain(worker.name);
      await sleep(soonMs + 50);
      expect(await online(soonMs)).not.toContain(worker.name);
      await store.heartbeatWorker(beatOf(worker));
      expect(await online(soonMs)).toContain(worker.name);
      await store.removeWorker(worker.name, worker.instance);
      expect(await online()).not.toContain(worker.name);
      expect(await store.findWorker(worker.name)).toMatchObject({ online: false, active: 0 });
      expect((await store.findWorker(worker.name))?.stoppedAt).toBeInstanceOf(Date);
    });

    test('a worker comes back from the database as it described itself', async () => {
      const worker = newWorker();
      const { databaseTime } = await store.registerWorker(worker, longMs);
      const beat = beatOf(worker);
      expect(await store.heartbeatWorker(beat)).toMatchObject({ own: true, rival: null, asked: false });
      const { instance: _, concurrency: __, ...described } = worker;
      const { instance: ___, ...said } = beat;
      const found = await store.findWorker(worker.name);
      expect(found).toMatchObject({ ...described, ...said, online: true, stoppedAt: null, rival: null });
      expect(Math.abs((found?.startedAt.getTime() ?? 0) - databaseTime.getTime())).toBeLessThan(5_000);
      expect(found?.silentMs).toBeGreaterThanOrEqual(0);
      expect(await store.listWorkers()).toContainEqual({ ...found, silentMs: expect.any(Number) });
      expect(await store.findWorker('nobody')).toBeNull();
    });

    test('a heartbeat without a row is told so, and enters nobody', async () => {
      const worker = newWorker();
      expect(await store.heartbeatWorker(beatOf(worker))).toBeNull();
      expect(await store.findWorker(worker.name)).toBeNull();
    });

    test('a name is the first one’s until that is silent, whatever the second one does', async () => {
      const first = newWorker();
      const second = { ...newWorker(first.name), host: 'elsewhere', pid: 2 };
      await store.registerWorker(first, longMs);
      const taken = { own: false, online: true, holder: { instance: first.instance, host: 'here', pid: 1 } };
      expect(await store.registerWorker(second, longMs)).toMatchObject(taken);
      expect(await store.heartbeatWorker(beatOf(second, { processed: 99 }))).toMatchObject(taken);
      expect(await store.findWorker(first.name)).toMatchObject({ host: 'here', pid: 1, processed: 0 });

      const rival = { instance: second.instance, host: 'elsewhere', pid: 2 };
      await store.tellRival(first.name, rival);
      expect(await store.heartbeatWorker(beatOf(first))).toMatchObject({ own: true, rival });
      expect(await store.findWorker(first.name)).toMatchObject({ host: 'here', rival });
      await store.removeWorker(second.name, second.instance);
      expect(await store.findWorker(first.name)).toMatchObject({ online: true, rival: null });

      await sleep(soonMs + 50);
      expect(await store.registerWorker(second, soonMs)).toMatchObject({ own: true });
      expect(await store.heartbeatWorker(beatOf(first))).toMatchObject({ own: false, holder: rival });
      expect(await store.findWorker(first.name)).toMatchObject({ host: 'elsewhere', pid: 2 });
    });

    test('a name that was signed off is free at once, and its counters go on', async () => {
      const first = newWorker();
      await store.registerWorker(first, longMs);
      await store.heartbeatWorker(beatOf(first, { processed: 7, failed: 3, retried: 2 }));
      await store.removeWorker(first.name, first.instance);
      const second = newWorker(first.name);
      const counted = { processed: 7, failed: 3, retried: 2 };
      expect(await store.registerWorker(second, longMs)).toMatchObject({ own: true, counted });
      expect(await store.findWorker(first.name)).toMatchObject({ online: true, stoppedAt: null, ...counted });
    });

    test('the attempts of all workers are counted together, of those that are gone too', async () => {
      const before = await store.countAttempts();
      const workers = [newWorker(), newWorker()];
      for (const worker of workers) {
        await store.registerWorker(worker, longMs);
        await store.heartbeatWorker(beatOf(worker, { processed: 5, failed: 1, retried: 2 }));
      }
      await store.removeWorker(workers[0]?.name ?? '', workers[0]?.instance ?? '');
      expect(await store.countAttempts()).toEqual({
        processed: before.processed + 10,
        failed: before.failed + 2,
        retried: before.retried + 4,
      });
    });

    test('a command reaches the worker that it is for, once, and its answer is kept', async () => {
      const worker = newWorker();
      await store.registerWorker(worker, longMs);
      let heard = 0;
      const stop = await store.watchCommands(worker.name, () => heard++);
      const asked = await store.askWorker(worker.name, 'grow', { slots: 2 });
      expect(asked).toMatchObject({ worker: worker.name, action: 'grow', params: { slots: 2 }, answeredAt: null });
      await expect.poll(() => heard).toBe(1);
      expect(await store.heartbeatWorker(beatOf(worker))).toMatchObject({ own: true, asked: true });
      expect(await store.openCommands('another', worker.instance)).toEqual([]);
      expect(await store.openCommands(worker.name, randomUUID())).toEqual([]);
      expect(await store.openCommands(worker.name, worker.instance)).toEqual([asked]);

      await store.answerCommand(asked.id, { ok: true, code: 'slots', params: { now: 4 } });
      expect(await store.openCommands(worker.name, worker.instance)).toEqual([]);
      expect(await store.heartbeatWorker(beatOf(worker))).toMatchObject({ asked: false });
      await store.answerCommand(asked.id, { ok: false, code: 'gone', params: {} });
      const [kept] = await store.listCommands(worker.name, 10);
      expect(kept).toMatchObject({ id: asked.id, ok: true, answer: 'slots', params: { slots: 2, now: 4 } });
      await stop();
      await store.askWorker(worker.name, 'quiet', {});
      await sleep(100);
      expect(heard).toBe(1);
    });

    test('what was asked of a worker that is gone is not done by its successor', async () => {
      const first = newWorker();
      await store.registerWorker(first, longMs);
      const before = await store.askWorker(first.name, 'shutdown', {});
      const second = newWorker(first.name);
      await store.registerWorker(second, 0);
      expect(await store.openCommands(first.name, second.instance)).toEqual([]);
      const after = await store.askWorker(first.name, 'quiet', {});
      await store.removeWorker(second.name, second.instance);
      expect((await store.listCommands(first.name, 10)).map(({ id, ok, answer }) => ({ id, ok, answer }))).toEqual([
        { id: after.id, ok: false, answer: 'gone' },
        { id: before.id, ok: false, answer: 'gone' },
      ]);
    });

    test('samples of one worker and of all are read back, with counters that never fall', async () => {
      const workers = [newWorker(), newWorker()];
      for (const [place, worker] of workers.entries()) {
        await store.registerWorker(worker, longMs);
        const beat = beatOf(worker, { processed: 4 + place });
        await store.heartbeatWorker(beat);
        await store.recordSample(beat);
        // Two within ten seconds are one, and the first of them counts; unless ten seconds have just passed.
        await store.recordSample({ ...beat, active: 7 });
      }
      const [first] = await store.workerSamples(workers[0]?.name ?? '');
      expect(first).toEqual({
        at: expect.any(Date),
        active: 1,
        slots: 3,
        processed: 4,
        failed: 2,
        retried: 1,
        load: 0.5,
        memoryBytes: 3_000_000_000,
        childrenBytes: 1_000,
      });
      expect((first?.at.getTime() ?? 1) % 10_000).toBe(0);
      const fleet = await store.fleetSamples(3_600_000);
      const { processed } = await store.countAttempts();
      expect(fleet.at(-1)?.processed).toBe(processed);
      expect(fleet.reduce((slots, sample) => slots + sample.slots, 0)).toBeGreaterThanOrEqual(6);
      const counters = fleet.map((sample) => sample.processed);
      expect(counters).toEqual(counters.toSorted((a, b) => a - b));
      expect(await store.workerSamples('nobody')).toEqual([]);
    });

    test('the housekeeping leaves what is young alone', async () => {
      const worker = newWorker();
      await store.registerWorker(worker, longMs);
      await store.recordSample(beatOf(worker));
      await store.askWorker(worker.name, 'quiet', {});
      await store.maintain();
      expect(await store.findWorker(worker.name)).toMatchObject({ online: true });
      expect(await store.workerSamples(worker.name)).not.toEqual([]);
      expect(await store.listCommands(worker.name, 10)).toHaveLength(1);
    });

    test('another process hears of a command too', async (context) => {
      if (!database.other) return context.skip('only one process can have this database');
      const other = await database.other();
      try {
        const worker = newWorker();
        await store.registerWorker(worker, longMs);
        let heard = 0;
        const stop = await store.watchCommands(worker.name, () => heard++);
        await other.askWorker(worker.name, 'resume', {});
        await expect.poll(() => heard, { timeout: 5_000 }).toBe(1);
        await stop();
      } finally {
        await other.close();
      }
    });

    test('whoever has not signed off is gone when the one process starts anew', async () => {
      const worker = newWorker();
      await store.registerWorker(worker, longMs);
      await store.removeAllWorkers();
      expect(await online()).toEqual([]);
      expect(await store.findWorker(worker.name)).toMatchObject({ online: false });
    });
  });
}
