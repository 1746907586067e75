/** What every adapter of the `Store` port keeps. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/contract/errors.js';
import type { OutboxRow, StepRecord, Store, WorkflowRecord } from '../../src/engine/ports.js';
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
  runToEnd,
  start,
  trainingResult,
} from './chain.js';
import { describeLists } from './store-lists.js';

const workerLost = { code: 'WORKER_LOST', params: { worker: 'worker-1', step: 'upload' } } as const;
const ragged = { code: 'CSV_RAGGED', params: { line: 3, found: 2, expected: 4 } } as const;

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

    const find = async (id: number): Promise<WorkflowRecord> => {
      const workflow = await store.findWorkflow(id);
      if (workflow === null) throw new Error(`no workflow ${id}`);
      return workflow;
    };
    const statuses = async (id: number) => {
      const { status, steps } = await find(id);
      return [status, ...steps.map((step) => step.status)].join(' ');
    };
    const step = async (id: number, position: number): Promise<StepRecord> => {
      const found = (await find(id)).steps[position];
      if (!found) throw new Error(`no step ${position}`);
      return found;
    };

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

    describe('faults', () => {
      test('a fault of the machinery queues the step again under its task, due later, and says so', async () => {
        const id = await createChain(store);
        const first = await claimNext(store, id);
        const error = { code: 'STORAGE_UNAVAILABLE', params: { detail: 'away' } } as const;
        expect(await store.requeueStep(fenceOf(first), error, at(5_000), true, at(1_000), 'trace')).toBe(true);
        expect(await step(id, 0)).toMatchObject({
          status: 'QUEUED',
          taskId: first.taskId,
          retryAt: at(5_000),
          error,
          worker: null,
          leaseUntil: null,
        });
        const { stepId } = first.input;
        expect(await store.claimStep(stepId, 'early', leaseMs, at(2_000))).toBeNull();
        expect((await outboxOf(store, id, at(4_999))).map(({ message }) => message.retries)).toEqual([0]);
        expect((await outboxOf(store, id, at(5_000))).map(({ message }) => message.retries)).toEqual([0, 1]);
        expect(await store.claimStep(stepId, 'due', leaseMs, at(5_000))).toMatchObject({ failures: 1 });
        const retrying = (await store.logsAfter(id, 0, 100)).find(({ code }) => code === 'stepRetrying');
        expect(retrying).toMatchObject({
          level: 'warning',
          params: { step: 'upload', seconds: 4, code: 'STORAGE_UNAVAILABLE' },
        });
      });

      test('a step that is handed back counts no fault and is due at once', async () => {
        const id = await createChain(store);
        await store.requeueStep(fenceOf(await claimNext(store, id)), null, start, false, start);
        expect(await step(id, 0)).toMatchObject({ status: 'QUEUED', retryAt: null, error: null });
        expect(await claimNext(store, id)).toMatchObject({ failures: 0, input: { attempt: 2 } });
      });

      test('a checkpoint is where the next attempt goes on, and a newer epoch counts faults anew', async () => {
        const id = await createChain(store);
        const first = await claimNext(store, id);
        await store.requeueStep(fenceOf(first), workerLost, start, true, start);
        const second = await claimNext(store, id);
        expect(await store.saveCheckpoint(fenceOf(second), 'a', 5)).toEqual({ accepted: true, replaced: null });
        expect(await store.saveCheckpoint(fenceOf(second), 'b', 7)).toEqual({ accepted: true, replaced: 'a' });
        await store.requeueStep(fenceOf(second), workerLost, start, true, start);
        const third = await claimNext(store, id);
        expect(third).toMatchObject({ failures: 1, input: { attempt: 3, checkpoint: 'b' } });
      });

      test('a fault of the input ends the workflow, which says why', async () => {
        const id = await createChain(store);
        const claimed = await claimNext(store, id);
        expect(await store.failStep(fenceOf(claimed), ragged, 'trace', at(100))).toBe(true);
        expect(await statuses(id)).toBe('FAILED FAILED PENDING PENDING');
        expect(await find(id)).toMatchObject({ error: ragged, completedAt: at(100) });
        expect(await step(id, 0)).toMatchObject({ error: ragged, completedAt: at(100) });
        expect(await store.startWorkflow(id, start)).toBe(false);
        expect(await store.cancelWorkflow(id, start)).toBe(false);
        expect((await logCodes(store, id)).at(-1)).toBe('stepFailed');
      });

      test('a retry goes on from the step that failed, with a new task and the faults counted anew', async () => {
        const id = await createChain(store);
        await store.completeStep(fenceOf(await claimNext(store, id)), { result: {}, files: [] }, start);
        await store.requeueStep(fenceOf(await claimNext(store, id)), workerLost, start, true, start);
        const failed = await claimNext(store, id);
        await store.failStep(fenceOf(failed), ragged, null, start);
        expect(await store.retryWorkflow(id, at(50))).toBe(true);
        expect(await store.retryWorkflow(id, at(51))).toBe(false);
        expect(await statuses(id)).toBe('RUNNING COMPLETED QUEUED PENDING');
        expect(await find(id)).toMatchObject({ error: null, completedAt: null });
        const again = await claimNext(store, id, at(60));
        expect(again.taskId).not.toBe(failed.taskId);
        expect(again).toMatchObject({ failures: 0, input: { attempt: 3 } });
        await store.completeStep(fenceOf(again), outputOf(again), at(70));
        await runToEnd(store, id, at(80));
        expect(await statuses(id)).toBe('COMPLETED COMPLETED COMPLETED COMPLETED');
        expect(await store.retryWorkflow(id, at(90))).toBe(false);
      });
    });

    describe('cancel', () => {
      test('a workflow that waits, is queued, or runs is cancelled once; an ended one is not', async () => {
        const waiting = await createChain(store, { start: false });
        const queued = await createChain(store);
        const running = await createChain(store);
        const claimed = await claimNext(store, running);
        for (const id of [waiting, queued, running]) {
          expect(await store.cancelWorkflow(id, at(9))).toBe(true);
          expect(await store.cancelWorkflow(id, at(9))).toBe(false);
          expect(await statuses(id)).toBe('CANCELLED CANCELLED CANCELLED CANCELLED');
          expect(await outboxOf(store, id, at(99))).toEqual([]);
          expect((await find(id)).completedAt).toEqual(at(9));
        }
        expect(await store.renewLease(fenceOf(claimed), leaseMs, null, at(10))).toBe('cancelled');
        expect(await store.completeStep(fenceOf(claimed), outputOf(claimed), at(10))).toBe(false);
        const { id: stepId } = await step(queued, 0);
        expect(await store.claimStep(stepId, 'late', leaseMs, at(10))).toBeNull();
        expect((await logCodes(store, running)).at(-1)).toBe('stepCancelled');
      });

      test('a cancelled workflow can be retried, and the old attempt stays fenced off', async () => {
        const id = await createChain(store);
        const old = await claimNext(store, id);
        await store.cancelWorkflow(id, start);
        expect(await store.retryWorkflow(id, start)).toBe(true);
        expect(await statuses(id)).toBe('RUNNING QUEUED PENDING PENDING');
        expect(await store.completeStep(fenceOf(old), outputOf(old), start)).toBe(false);
        await runToEnd(store, id);
        expect((await find(id)).status).toBe('COMPLETED');
      });

      test('of a cancel and a completion at once, one happens', async () => {
        for (let i = 0; i < 10; i++) {
          const id = await createChain(store);
          const claimed = await claimNext(store, id);
          const [cancelled, completed] = await Promise.all([
            store.cancelWorkflow(id, start),
            store.completeStep(fenceOf(claimed), outputOf(claimed), start),
          ]);
          expect(cancelled).toBe(true);
          const upload = await step(id, 0);
          expect(upload.status).toBe(completed ? 'COMPLETED' : 'CANCELLED');
          expect((await find(id)).status).toBe('CANCELLED');
          expect(await outboxOf(store, id)).toEqual([]);
        }
      });
    });

    describe('what keeps it going', () => {
      test('a message that was published but not marked is published again, and its second copy is harmless', async () => {
        const id = await createChain(store);
        const [row] = await outboxOf(store, id);
        if (!row) throw new Error('no message');
        const claimed = await store.claimStep(row.message.args[0], 'worker-1', leaseMs, start);
        expect(claimed).not.toBeNull();
        expect(await outboxOf(store, id)).toHaveLength(1);
        expect(await store.claimStep(row.message.args[0], 'worker-2', leaseMs, start)).toBeNull();
        await store.markPublished([row.id]);
        expect(await outboxOf(store, id)).toEqual([]);
        await runToEndFrom(id, claimed);
      });

      const runToEndFrom = async (id: number, claimed: Awaited<ReturnType<Store['claimStep']>>) => {
        if (claimed) await store.completeStep(fenceOf(claimed), outputOf(claimed), start);
        await runToEnd(store, id);
        expect((await find(id)).status).toBe('COMPLETED');
      };

      test('a queued step whose message was lost gets another; one that runs or whose message is young does not', async () => {
        const lost = await createChain(store);
        const young = await createChain(store, {}, at(60_000));
        const running = await createChain(store);
        const unpublished = await createChain(store);
        const rows = await store.dueOutbox(1000, at(61_000));
        const of = (id: number) => rows.filter(({ message }) => message.kwargs.workflowId === id).map((row) => row.id);
        await store.markPublished([...of(lost), ...of(running), ...of(young)]);
        await claimNext(store, running);
        expect(await store.republishStale(30_000, at(61_000))).toBeGreaterThan(0);
        const [again, ...more] = await outboxOf(store, lost, at(61_000));
        expect(more).toEqual([]);
        expect(again?.message).toEqual(rows.find(({ id }) => of(lost).includes(id))?.message);
        expect(await outboxOf(store, young, at(61_000))).toEqual([]);
        expect(await outboxOf(store, running, at(61_000))).toEqual([]);
        expect(await outboxOf(store, unpublished, at(61_000))).toHaveLength(1);
        expect(await store.republishStale(30_000, at(61_000))).toBe(0);
      });

      test('a step that waits in a long queue is reminded of ever more rarely', async () => {
        const id = await createChain(store);
        const remindedAt: number[] = [];
        for (let second = 0; second <= 600; second += 10) {
          for (const row of await outboxOf(store, id, at(second * 1000))) {
            remindedAt.push(second);
            await store.markPublished([row.id]);
          }
          await store.republishStale(30_000, at(second * 1000));
        }
        expect(remindedAt).toEqual([0, 40, 100, 220, 460]);
      });

      test('of messages that are due, those of a higher priority come first, and one relay takes each', async () => {
        const ids: number[] = [];
        for (const priority of [5, 9, 0]) ids.push(await createChain(store, { priority }));
        const of = (rows: OutboxRow[]) => rows.map(({ message }) => message.kwargs.workflowId);
        const [middle, first, last] = ids;
        const mine = (rows: OutboxRow[]) => of(rows).filter((id) => ids.includes(id));
        expect(mine(await store.dueOutbox(1000, start))).toEqual([first, middle, last]);
        const taken = await Promise.all([1, 2].map(() => store.takeOutbox(1000, at(10_000), start)));
        expect(mine(taken.flat()).toSorted()).toEqual(ids.toSorted());
        expect(mine(await store.dueOutbox(1000, at(9_999)))).toEqual([]);
        const [row] = taken.flat().filter(({ message }) => message.kwargs.workflowId === last);
        await store.returnOutbox([row?.id ?? 0], at(1_000));
        expect(mine(await store.dueOutbox(1000, at(1_000)))).toEqual([last]);
        expect(mine(await store.dueOutbox(1000, at(10_000)))).toContain(first);
      });

      test('a held workflow waits for room, is let go in its turn, and cannot be claimed before', async () => {
        const one = { total: null, perOwner: 1 };
        const held = { owner: 'ada', held: true };
        const [late, urgent] = [await createChain(store, held), await createChain(store, { ...held, priority: 9 })];
        await expect(claimNext(store, urgent)).rejects.toThrow('no step to claim');
        expect(await store.admitWorkflows(one, start)).toBe(1);
        expect([(await find(late)).held, (await find(urgent)).held]).toEqual([true, false]);
        expect([await outboxOf(store, late), await outboxOf(store, urgent)]).toMatchObject([[], [{ priority: 9 }]]);
        expect(await store.admitWorkflows(one, start)).toBe(0);
        await runToEnd(store, urgent);
        expect(await store.admitWorkflows({ total: 0, perOwner: null }, start)).toBe(0);
        expect(await store.admitWorkflows(one, start)).toBe(1);
        await runToEnd(store, late);
        expect((await find(late)).status).toBe('COMPLETED');
        await createChain(store, held);
        await createChain(store, held);
        expect(await store.admitWorkflows({ total: null, perOwner: null }, start)).toBe(2);
      });

      test('a workflow that is held can be cancelled, and takes no room then', async () => {
        const id = await createChain(store, { owner: 'ben', held: true });
        expect(await store.cancelWorkflow(id, start)).toBe(true);
        expect(await store.admitWorkflows({ total: null, perOwner: 1 }, start)).toBe(0);
        expect(await store.retryWorkflow(id, start)).toBe(true);
        await runToEnd(store, id);
        expect((await find(id)).status).toBe('COMPLETED');
      });

      test('steps whose lease has passed are found, with who held them', async () => {
        const id = await createChain(store);
        const claimed = await claimNext(store, id, start, 'gone-worker');
        const mine = async (now: Date) =>
          (await store.expiredSteps(now, 1000)).filter(({ stepId }) => stepId === claimed.input.stepId);
        expect(await mine(at(leaseMs))).toEqual([]);
        const found = { ...fenceOf(claimed), name: 'upload', worker: 'gone-worker', failures: 0 };
        expect(await mine(at(leaseMs + 1))).toEqual([found]);
        expect(await store.stepsHeldBy('gone-worker')).toEqual([found]);
        await store.completeStep(fenceOf(claimed), outputOf(claimed), at(leaseMs + 1));
        expect(await mine(at(leaseMs + 1))).toEqual([]);
      });

      test('files are kept while a row names them or a running attempt may name them', async () => {
        const id = await createChain(store);
        const { record } = await store.insertDataset(newDataset(), start);
        await store.completeStep(fenceOf(await claimNext(store, id)), { result: {}, files: [] }, start);
        const preprocess = await claimNext(store, id);
        const output = outputOf(preprocess);
        await store.completeStep(fenceOf(preprocess), output, start);
        const train = await claimNext(store, id);
        const checkpoint = `workflows/${id}/train-0/checkpoint`;
        await store.saveCheckpoint(fenceOf(train), checkpoint, 1);
        const kept = [record.file, output.files[0]?.file ?? '', checkpoint, `workflows/${id}/train-1/model.joblib`];
        const orphans = [`workflows/${id}/train-9/model.joblib`, `datasets/${'0'.repeat(64)}`];
        expect((await store.unreferencedFiles([...kept, ...orphans])).toSorted()).toEqual(orphans.toSorted());
        expect(await store.unreferencedFiles([])).toEqual([]);
      });
    });

    describe('workers', () => {
      test('a worker is online while its heartbeats come, and gone when it says so', async () => {
        const worker = {
          name: 'zincir@here-1',
          host: 'here',
          pid: 1,
          queues: ['zincir.train' as const],
          concurrency: 2,
          version: '0.1.0',
          startedAt: start,
          heartbeatAt: start,
        };
        await store.registerWorker(worker);
        expect(await store.onlineWorkers(start)).toEqual([worker]);
        await store.heartbeatWorker(worker.name, 1, at(5_000));
        expect(await store.onlineWorkers(at(5_000))).toEqual([{ ...worker, heartbeatAt: at(5_000) }]);
        expect(await store.onlineWorkers(at(5_001))).toEqual([]);
        await store.registerWorker({ ...worker, pid: 2, startedAt: at(6_000), heartbeatAt: at(6_000) });
        await store.removeWorker(worker.name, at(7_000));
        expect(await store.onlineWorkers(start)).toEqual([]);
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

  describeLists(name, open);
}
