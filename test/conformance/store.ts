/** What every adapter of the `Store` port keeps. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/contract/errors.js';
import type { Store } from '../../src/engine/ports.js';
import {
  at,
  claimNext,
  createChain,
  fenceOf,
  leaseMs,
  logCodes,
  metric,
  newDataset,
  newWorkflow,
  outboxOf,
  outputOf,
  profile,
  ragged,
  start,
  trainingResult,
  viewsOf,
  workerLost,
} from './chain.js';
import { describeFaults } from './store-faults.js';
import { describeLists } from './store-lists.js';
import { describeWorkers } from './store-workers.js';

/** @param open an empty database; `other` opens it a second time, as another process would, where that can be done */
export function describeStore(
  name: string,
  open: () => Promise<{ store: Store; other?: () => Promise<Store>; drop(): Promise<void> }>,
): void {
  describe(`store: ${name}`, () => {
    let store: Store;
    let database: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      database = await open();
      store = database.store;
    });
    afterAll(() => database?.drop());

    const { find, statuses, step } = viewsOf(() => store);

    describe('datasets', () => {
      test('a dataset comes back as it was given, to the last bit of its figures', async () => {
        const dataset = newDataset();
        const { record, duplicate } = await store.insertDataset(dataset, start);
        expect(duplicate).toBe(false);
        expect(record).toEqual({ ...dataset, id: record.id, createdAt: start, workflows: 0 });
        expect(await store.findDataset(record.id)).toEqual(record);
        expect(await store.findDatasetBySha256(dataset.sha256)).toEqual(record);
      });

      test('the same bytes are one dataset, of many who upload them at once', async () => {
        const dataset = newDataset();
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, i) => store.insertDataset({ ...dataset, name: `copy ${i}` }, start)),
        );
        expect(outcomes.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
        expect(new Set(outcomes.map(({ record }) => record.id)).size).toBe(1);
      });

      test('a dataset in use is kept, an unused one goes, an unknown one is null', async () => {
        const { record } = await store.insertDataset(newDataset(), start);
        const used = await createChain(store);
        const { datasetId } = await find(used);
        await expect(store.deleteDataset(datasetId)).rejects.toMatchObject({
          code: 'DATASET_IN_USE',
          params: { id: datasetId, workflows: 1 },
        });
        expect(await store.deleteDataset(record.id)).toEqual(record);
        expect(await store.findDataset(record.id)).toBeNull();
        expect(await store.deleteDataset(record.id)).toBeNull();
        expect(await store.findDatasetBySha256('none')).toBeNull();
      });
    });

    describe('the way of a chain', () => {
      test('creation records the workflow, three steps and one message, together', async () => {
        const id = await createChain(store, { name: 'made', ignored: ['momentum'] });
        const workflow = await find(id);
        expect(workflow).toMatchObject({
          name: 'made',
          status: 'RUNNING',
          ignored: ['momentum'],
          origin: null,
          createdAt: start,
          startedAt: start,
          completedAt: null,
          error: null,
          epoch: 0,
        });
        expect(workflow.config).toEqual(newWorkflow(1).config);
        expect(workflow.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
          'upload QUEUED',
          'preprocess PENDING',
          'train PENDING',
        ]);
        const [row, ...others] = await outboxOf(store, id);
        const upload = await step(id, 0);
        expect(others).toEqual([]);
        expect(row?.message).toEqual({
          id: upload.taskId,
          name: 'zincir.upload',
          args: [upload.id],
          kwargs: { workflowId: id },
          retries: 0,
        });
        expect(await logCodes(store, id)).toEqual(['workflowCreated', 'stepQueued']);
      });

      test('a workflow on a dataset that is gone is refused whole', async () => {
        await expect(store.createWorkflow(newWorkflow(999_999), start)).rejects.toMatchObject({
          code: 'DATASET_NOT_FOUND',
        });
      });

      test('a workflow that is not asked to start waits, and starts once', async () => {
        const id = await createChain(store, { start: false });
        expect(await statuses(id)).toBe('PENDING PENDING PENDING PENDING');
        expect(await outboxOf(store, id)).toEqual([]);
        expect(await store.startWorkflow(id, at(5))).toBe(true);
        expect(await store.startWorkflow(id, at(6))).toBe(false);
        expect(await statuses(id)).toBe('RUNNING QUEUED PENDING PENDING');
        expect((await find(id)).startedAt).toEqual(at(5));
        expect(await outboxOf(store, id, at(5))).toHaveLength(1);
      });

      test('a chain runs to its end, and each step is given what those before it left', async () => {
        const id = await createChain(store);
        const upload = await claimNext(store, id, at(10));
        expect(upload.input).toMatchObject({ name: 'upload', attempt: 1, results: {}, files: [], checkpoint: null });
        expect(upload.leaseUntil).toEqual(at(10 + leaseMs));
        expect(await store.completeStep(fenceOf(upload), outputOf(upload), at(20))).toBe(true);
        expect(await statuses(id)).toBe('RUNNING COMPLETED QUEUED PENDING');

        const preprocess = await claimNext(store, id, at(30));
        expect(preprocess.input.dataset.profile.rows).toBe(7);
        expect(preprocess.input.results).toEqual({ upload: { rows: 6 } });
        expect(await store.completeStep(fenceOf(preprocess), outputOf(preprocess), at(40))).toBe(true);

        const train = await claimNext(store, id, at(50));
        expect(train.input.files).toEqual(outputOf(preprocess).files);
        expect(await store.appendMetrics(fenceOf(train), [metric(1), metric(2)])).toBe(true);
        expect((await find(id)).epoch).toBe(2);
        expect(await store.completeStep(fenceOf(train), outputOf(train), at(3060))).toBe(true);

        expect(await find(id)).toMatchObject({
          status: 'COMPLETED',
          completedAt: at(3060),
          trainAccuracy: trainingResult.trainAccuracy,
          validationAccuracy: trainingResult.validationAccuracy,
        });
        expect(await store.findResult(id)).toEqual(trainingResult);
        expect((await store.listFiles(id)).map(({ step: by, name }) => `${by} ${name}`)).toEqual([
          'preprocess processed.pkl',
          'train model.joblib',
          'train report.json',
        ]);
        const logs = await store.logsAfter(id, 0, 100);
        expect(logs.map(({ code }) => code)).toEqual([
          'workflowCreated',
          ...['stepQueued', 'stepStarted', 'stepCompleted'],
          ...['stepQueued', 'stepStarted', 'stepCompleted'],
          ...['stepQueued', 'stepStarted', 'stepCompleted'],
          'workflowCompleted',
        ]);
        expect(logs.at(-2)).toMatchObject({ step: 'train', attempt: 1, params: { step: 'train', seconds: 3.01 } });
        expect(await step(id, 2)).toMatchObject({ startedAt: at(50), completedAt: at(3060), error: null });
      });

      test('of twenty who claim a step at once, one gets it', async () => {
        const id = await createChain(store);
        const { id: stepId } = await step(id, 0);
        const claims = await Promise.all(
          Array.from({ length: 20 }, (_, i) => store.claimStep(stepId, `worker-${i}`, leaseMs, start)),
        );
        const won = claims.filter((claim) => claim !== null);
        expect(won).toHaveLength(1);
        expect(await step(id, 0)).toMatchObject({ status: 'RUNNING', attempt: 1 });
      });

      test('a message that comes twice, late, or for a step that never was, finds nothing to do', async () => {
        const id = await createChain(store);
        const upload = await claimNext(store, id);
        expect(await store.claimStep(upload.input.stepId, 'other', leaseMs, start)).toBeNull();
        await store.completeStep(fenceOf(upload), outputOf(upload), start);
        expect(await store.claimStep(upload.input.stepId, 'other', leaseMs, start)).toBeNull();
        expect(await store.claimStep(999_999, 'other', leaseMs, start)).toBeNull();
      });

      test('a result that is no training result completes the chain without a summary', async () => {
        const id = await createChain(store);
        for (let i = 0; i < 3; i++) {
          await store.completeStep(fenceOf(await claimNext(store, id)), { result: { done: i }, files: [] }, start);
        }
        expect(await find(id)).toMatchObject({ status: 'COMPLETED', validationAccuracy: null });
        expect(await store.findResult(id)).toBeNull();
      });
    });

    describe('fencing', () => {
      test('a worker that was presumed dead cannot write any more, and its successor can', async () => {
        const id = await createChain(store);
        const stale = await claimNext(store, id, start, 'worker-1');
        await store.requeueStep(fenceOf(stale), workerLost, at(0), true, at(0));
        const current = await claimNext(store, id, at(10), 'worker-2');
        expect(current.input.attempt).toBe(2);
        expect(current.failures).toBe(1);
        const version = (await find(id)).version;

        const fence = fenceOf(stale);
        expect(await store.renewLease(fence, leaseMs, null, at(20))).toBe('lost');
        expect(await store.appendMetrics(fence, [metric(1)])).toBe(false);
        expect(await store.appendLogs(fence, [{ at: start.toISOString(), level: 'info', code: 'x', params: {} }])).toBe(
          false,
        );
        expect(await store.saveCheckpoint(fence, 'stale', 1)).toEqual({ accepted: false, replaced: null });
        expect(await store.completeStep(fence, outputOf(stale), at(20))).toBe(false);
        expect(await store.failStep(fence, ragged, null, at(20))).toBe(false);
        expect(await store.requeueStep(fence, workerLost, at(20), true, at(20))).toBe(false);
        expect((await find(id)).version).toBe(version);
        expect(await store.metricsAfter(id, 0, 10)).toEqual([]);
        expect(await store.listFiles(id)).toEqual([]);

        expect(await store.renewLease(fenceOf(current), leaseMs, null, at(30))).toBe('held');
        expect(await store.completeStep(fenceOf(current), outputOf(current), at(40))).toBe(true);
        expect(await store.completeStep(fenceOf(current), outputOf(current), at(41))).toBe(false);
      });

      test('a renewal moves the lease and brings the progress', async () => {
        const id = await createChain(store);
        const claimed = await claimNext(store, id);
        const progress = { done: 3, total: 10, unit: 'rows' } as const;
        expect(await store.renewLease(fenceOf(claimed), leaseMs, progress, at(1000))).toBe('held');
        expect(await store.renewLease(fenceOf(claimed), leaseMs, null, at(2000))).toBe('held');
        expect(await step(id, 0)).toMatchObject({ leaseUntil: at(2000 + leaseMs), progress });
      });

      test('an epoch that is told again stays as it was', async () => {
        const id = await createChain(store);
        const fence = fenceOf(await claimNext(store, id));
        await store.appendMetrics(fence, [metric(1, 0.5), metric(2, 0.4)]);
        await store.appendMetrics(fence, [metric(2, 9), metric(3, 0.3)]);
        expect(await store.metricsAfter(id, 0, 10)).toEqual([metric(1, 0.5), metric(2, 0.4), metric(3, 0.3)]);
        expect(await store.metricsAfter(id, 1, 1)).toEqual([metric(2, 0.4)]);
      });
    });

    describe('live', () => {
      const soon = () => new Promise((resolve) => setTimeout(resolve, 150));

      test('watchers of a workflow hear of its changes and of no others, until they stop', async () => {
        const watched = await createChain(store);
        const another = await createChain(store);
        await soon();
        const heard = { one: 0, two: 0, any: 0, outbox: 0 };
        const stops = [
          await store.watch(watched, () => heard.one++),
          await store.watch(watched, () => heard.two++),
          await store.watch(null, () => heard.any++),
          await store.watchOutbox(() => heard.outbox++),
        ];
        await claimNext(store, another);
        await soon();
        expect(heard).toEqual({ one: 0, two: 0, any: 1, outbox: 0 });
        const claimed = await claimNext(store, watched);
        await soon();
        expect(heard).toEqual({ one: 1, two: 1, any: 2, outbox: 0 });
        await stops[1]?.();
        await store.completeStep(fenceOf(claimed), outputOf(claimed), start);
        await soon();
        expect(heard).toEqual({ one: 2, two: 1, any: 3, outbox: 1 });
        await Promise.all(stops.map((stop) => stop()));
        await store.cancelWorkflow(watched, start);
        await soon();
        expect(heard).toEqual({ one: 2, two: 1, any: 3, outbox: 1 });
      });

      test('a burst of changes is few calls', async () => {
        const id = await createChain(store);
        const fence = fenceOf(await claimNext(store, id));
        await soon();
        let heard = 0;
        const stop = await store.watch(id, () => heard++);
        await Promise.all(Array.from({ length: 50 }, (_, i) => store.appendMetrics(fence, [metric(i + 1)])));
        await soon();
        await stop();
        expect(heard).toBeGreaterThan(0);
        expect(heard).toBeLessThan(40);
      });
    });

    test('a change that fails half way leaves nothing of itself', async () => {
      const id = await createChain(store);
      const claimed = await claimNext(store, id);
      const before = await find(id);
      const broken = { result: {}, files: [{ name: 'x', file: 'x', sizeBytes: Number.NaN, sha256: 'x' }] };
      await expect(store.completeStep(fenceOf(claimed), broken, start)).rejects.toThrow();
      expect(await find(id)).toEqual(before);
      expect(await store.completeStep(fenceOf(claimed), outputOf(claimed), start)).toBe(true);
    });

    test('the database says that it answers, and where it is', async () => {
      expect(await store.check()).toEqual({ ok: true, detail: expect.stringContaining('PostgreSQL') });
    });

    test('characters that PostgreSQL cannot keep are replaced, and nothing fails for them', async () => {
      const id = await createChain(store, { name: 'a\0b' });
      expect((await find(id)).name).toBe('a\ufffdb');
      const claimed = await claimNext(store, id);
      const params = { value: 'x\0y\ud800', kept: '\\u0000 \ud83d\ude00' };
      await store.failStep(fenceOf(claimed), { code: 'CSV_VALUE_NOT_NUMERIC', params }, 'trace\0', start);
      expect((await find(id)).error?.params).toEqual({ ...params, value: 'x\ufffdy\ufffd' });
    });

    test('a dataset is profiled anew by the step that reads it whole', async () => {
      const id = await createChain(store);
      const claimed = await claimNext(store, id);
      await store.completeStep(fenceOf(claimed), outputOf(claimed), start);
      const dataset = await store.findDataset((await find(id)).datasetId);
      expect(dataset?.profile).toEqual({ ...profile, rows: 7 });
    });

    test('a second process sees and hears what the first one does', async (context) => {
      if (!database.other) return context.skip('needs a database that several processes can open');
      const other = await database.other();
      try {
        const id = await createChain(store);
        let heard = 0;
        const stop = await other.watch(id, () => heard++);
        const stepId = (await step(id, 0)).id;
        const claims = await Promise.all(
          Array.from({ length: 20 }, (_, i) => (i % 2 ? other : store).claimStep(stepId, `w${i}`, leaseMs, start)),
        );
        expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
        await expect.poll(() => heard).toBeGreaterThan(0);
        expect((await other.findWorkflow(id))?.version).toBe((await find(id)).version);
        await stop();
      } finally {
        await other.close();
      }
    });

    test('an error of the contract is thrown as such', async () => {
      await expect(store.listDatasets({ limit: 10, cursor: '%%%' })).rejects.toBeInstanceOf(AppError);
    });
  });

  describeFaults(name, open);
  describeLists(name, open);
  describeWorkers(name, open);
}
