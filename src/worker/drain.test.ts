import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isAlive } from '../../test/support/worker/is-alive.js';
import { metricOf, scriptedEpochs } from '../../test/support/worker/scripted-steps.js';
import { createWorkerBench, type WorkerBench } from '../../test/support/worker/worker-bench.js';
import type { WorkflowRecord } from '../engine/ports.js';

vi.setConfig({ testTimeout: 90_000 });

const train = (workflow: WorkflowRecord) => workflow.steps.find(({ name }) => name === 'train');

let bench: WorkerBench;
beforeEach(async () => {
  bench = await createWorkerBench();
});
afterEach(() => bench.close());

it('a worker that stops hands its step back from a checkpoint, and another goes on from there', async () => {
  const first = bench.worker();
  await first.start();
  const id = await bench.start('epochs');
  await bench.until(id, ({ epoch }) => epoch >= 4);
  await first.stop();
  const between = await bench.until(id, () => true);
  expect(train(between)).toMatchObject({ status: 'QUEUED', attempt: 1 });
  expect(await bench.store.onlineWorkers(60_000)).toEqual([]);

  await bench.worker().start();
  const workflow = await bench.until(id, ({ status }) => status === 'COMPLETED' || status === 'FAILED');
  expect(train(workflow)).toMatchObject({ status: 'COMPLETED', attempt: 2, worker: 'zincir@test-2' });
  const metrics = await bench.store.metricsAfter(id, 0, 1_000);
  expect(metrics).toEqual(Array.from({ length: scriptedEpochs.epochs }, (_, index) => metricOf(index + 1)));
  const resumed = (await bench.store.logsAfter(id, 0, 1_000)).filter(({ code }) => code === 'trainingResumed');
  expect(resumed).toHaveLength(1);
  expect(Number(resumed[0]?.params.epoch)).toBeGreaterThanOrEqual(4);
});

it('a step that does not end within the grace is killed and handed back without counting as a fault', async () => {
  const worker = bench.worker({ graceMs: 300 });
  await worker.start();
  const id = await bench.start('busy');
  await expect.poll(() => bench.attempts(id), { timeout: 10_000 }).toHaveLength(1);
  await worker.stop();
  const [attempt] = await bench.attempts(id);
  expect(() => process.kill(attempt?.pid ?? 0, 0)).toThrow();
  const workflow = await bench.until(id, () => true);
  expect(train(workflow)).toMatchObject({ status: 'QUEUED', attempt: 1 });
  const claimed = await bench.store.claimStep(train(workflow)?.id ?? 0, 'another', 1_000, new Date());
  expect(claimed).toMatchObject({ failures: 0, input: { attempt: 2 } });
});

it('the completion of an attempt that is no longer the current one is refused', async () => {
  const first = bench.worker();
  await first.start();
  const id = await bench.start('epochs');
  const running = await bench.until(id, ({ epoch }) => epoch >= 2);
  const step = train(running);
  // As if the lease had run out: the step goes to another worker while the first one still computes.
  const fence = { stepId: step?.id ?? 0, attempt: 1 };
  const now = new Date();
  expect(await bench.store.requeueStep(fence, null, now, true, now)).toBe(true);
  const second = await bench.store.claimStep(fence.stepId, 'another', 60_000, new Date());
  expect(second?.input.attempt).toBe(2);

  const [attempt] = await bench.attempts(id);
  await expect.poll(() => isAlive(attempt?.pid ?? 0), { timeout: 5_000 }).toBe(false);
  expect(await bench.store.completeStep(fence, { result: { stale: true }, files: [] }, new Date())).toBe(false);
  const workflow = await bench.until(id, () => true);
  expect(train(workflow)).toMatchObject({ status: 'RUNNING', attempt: 2, worker: 'another', result: null });
});
