/** What the `Store` port keeps when steps fail, are cancelled or lose their worker. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutboxRow, Store } from '../../src/engine/ports.js';
import {
  at,
  claimNext,
  createChain,
  fenceOf,
  leaseMs,
  logCodes,
  newDataset,
  outboxOf,
  outputOf,
  ragged,
  runToEnd,
  start,
  viewsOf,
  workerLost,
} from './chain.js';

export function describeFaults(name: string, open: () => Promise<{ store: Store; drop(): Promise<void> }>): void {
  describe(`faults in the store: ${name}`, () => {
    let store: Store;
    let database: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      database = await open();
      store = database.store;
    });
    afterAll(() => database?.drop());

    const { find, statuses, step } = viewsOf(() => store);

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

      test('what a step said last is recorded with its end, in order and once', async () => {
        const id = await createChain(store);
        const step = await claimNext(store, id);
        const metric = (epoch: number) => ({
          epoch,
          trainAccuracy: 0.5,
          validationAccuracy: epoch / 8,
          trainLoss: 0.5,
          validationLoss: 0.25,
        });
        const logs = ['fileVerified', 'profileRead'].map((code, i) => ({
          at: at(i).toISOString(),
          level: 'info' as const,
          code,
          params: { rows: i },
        }));
        await store.appendMetrics(fenceOf(step), [metric(1)]);
        const metrics = [{ ...metric(1), trainLoss: 9 }, metric(2)];
        expect(await store.completeStep(fenceOf(step), outputOf(step), at(5), { metrics, logs })).toBe(true);
        expect(await store.metricsAfter(id, 0, 10)).toEqual([metric(1), metric(2)]);
        expect((await find(id)).epoch).toBe(2);
        const lines = (await store.logsAfter(id, 0, 100)).slice(-4);
        expect(lines.map(({ code, params }) => [code, params])).toMatchObject([
          ['fileVerified', { rows: 0 }],
          ['profileRead', { rows: 1 }],
          ['stepCompleted', { step: 'upload' }],
          ['stepQueued', { step: 'preprocess' }],
        ]);
        expect(await store.completeStep(fenceOf(step), outputOf(step), at(6), { metrics: [metric(3)], logs })).toBe(
          false,
        );
        expect(await store.metricsAfter(id, 0, 10)).toHaveLength(2);
        expect((await store.logsAfter(id, 0, 100)).slice(-4)).toEqual(lines);
      });

      test('whoever completes a step may take the message of the next one, which is left to relays after a while', async () => {
        const id = await createChain(store);
        const step = await claimNext(store, id);
        const rows: OutboxRow[] = [];
        const take = { until: at(5_000), taken: (row: OutboxRow) => rows.push(row) };
        expect(await store.completeStep(fenceOf(step), outputOf(step), start, { take })).toBe(true);
        const next = (await find(id)).steps[1];
        expect(rows).toMatchObject([
          { message: { name: 'zincir.preprocess', args: [next?.id], kwargs: { workflowId: id } } },
        ]);
        const due = async (now: Date) =>
          (await store.dueOutbox(1000, now)).filter((row) => row.message.args[0] === next?.id);
        expect(await due(at(4_999))).toEqual([]);
        expect(await due(at(5_000))).toEqual(rows);
        await store.markPublished(rows.map((row) => row.id));
        expect(await due(at(5_000))).toEqual([]);
        await runToEnd(store, id);
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
  });
}
