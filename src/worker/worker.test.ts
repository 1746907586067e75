import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isAlive } from '../../test/support/worker/is-alive.js';
import { metricOf, scriptedEpochs } from '../../test/support/worker/scripted-steps.js';
import { createWorkerBench, type WorkerBench } from '../../test/support/worker/worker-bench.js';
import { ownStepNames } from '../contract/entities.js';
import { queueOf } from '../contract/tasks.js';
import type { Store, WorkflowRecord } from '../engine/ports.js';
import type { Worker } from './worker.js';

vi.setConfig({ testTimeout: 90_000 });

const ended = ({ status }: WorkflowRecord) => status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
const train = (workflow: WorkflowRecord) => workflow.steps.find(({ name }) => name === 'train');

describe('a worker', () => {
  let bench: WorkerBench;
  let worker: Worker;
  beforeAll(async () => {
    bench = await createWorkerBench();
    worker = bench.worker({ concurrency: 2, childMemoryMb: 64 });
    await worker.start();
  });
  afterAll(() => bench.close());

  it('runs the whole chain, and is known to the database', async () => {
    const workflow = await bench.until(await bench.start('mark'), ended);
    expect(workflow.steps.map(({ name, status, attempt }) => ({ name, status, attempt }))).toEqual([
      { name: 'upload', status: 'COMPLETED', attempt: 1 },
      { name: 'preprocess', status: 'COMPLETED', attempt: 1 },
      { name: 'train', status: 'COMPLETED', attempt: 1 },
    ]);
    expect(workflow.steps[2]).toMatchObject({ worker: 'zincir@test-1', result: { done: true } });
    const [online] = await bench.store.onlineWorkers(15_000);
    expect(online).toMatchObject({ name: 'zincir@test-1', slots: 2, pid: process.pid });
  });

  it('records every metric of a step, in order and none twice', async () => {
    const id = await bench.start('metrics');
    await bench.until(id, ended);
    const metrics = await bench.store.metricsAfter(id, 0, 10_000);
    expect(metrics).toHaveLength(scriptedEpochs.metrics);
    expect(metrics).toEqual(Array.from({ length: scriptedEpochs.metrics }, (_, index) => metricOf(index + 1)));
  });

  it('runs a step again whose child was killed, and removes what the child left in its scratch directory', async () => {
    const id = await bench.start('crash-once');
    const workflow = await bench.until(id, ended);
    expect(workflow.status).toBe('COMPLETED');
    expect(train(workflow)?.attempt).toBe(2);
    const attempts = await bench.attempts(id);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    await expect.poll(() => attempts.filter(({ scratch }) => existsSync(scratch))).toEqual([]);
  });

  it('fails a step that takes longer than a step may, and ends its child', async () => {
    const hurried = await createWorkerBench();
    await hurried.worker({ stepTimeoutMs: 3_000 }).start();
    const id = await hurried.start('busy');
    const workflow = await hurried.until(id, ended);
    expect(train(workflow)?.error).toEqual({ code: 'STEP_TIMEOUT', params: { step: 'train', seconds: 3 } });
    const [attempt] = await hurried.attempts(id);
    await expect.poll(() => isAlive(attempt?.pid ?? 0), { timeout: 5_000 }).toBe(false);
    await hurried.close();
  });

  it('gives a step up after three crashes, and says how the last one went', async () => {
    const workflow = await bench.until(await bench.start('crash-always'), ended);
    expect(workflow.status).toBe('FAILED');
    expect(train(workflow)?.error).toMatchObject({ code: 'STEP_GAVE_UP', params: { lastCode: 'STEP_CRASHED' } });
  });

  it('tells a full heap from a crash and does not try it again', async () => {
    const workflow = await bench.until(await bench.start('heap'), ended);
    expect(train(workflow)).toMatchObject({
      attempt: 1,
      error: { code: 'STEP_OUT_OF_MEMORY', params: { step: 'train' } },
    });
  });

  it('fails at once on a fault of the input', async () => {
    const workflow = await bench.until(await bench.start('input-fault'), ended);
    expect(train(workflow)).toMatchObject({
      attempt: 1,
      status: 'FAILED',
      error: { code: 'DIVERGED', params: { epoch: 3 } },
    });
  });

  it('treats a throw that nobody foresaw as an inner fault and tries again', async () => {
    const id = await bench.start('throw');
    const workflow = await bench.until(id, (now) => train(now)?.attempt === 2 || ended(now));
    expect(train(workflow)?.error).toMatchObject({ code: 'INTERNAL', params: { detail: 'a bug' } });
    await bench.store.cancelWorkflow(id, new Date());
  });

  it('ends a child that speaks nonsense', async () => {
    const id = await bench.start('garbage');
    const workflow = await bench.until(id, (now) => train(now)?.error != null);
    expect(train(workflow)?.error?.code).toBe('INTERNAL');
    await bench.store.cancelWorkflow(id, new Date());
    for (const { pid } of await bench.attempts(id)) await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('stops a child that computes without a pause within 2 s of a cancel', async () => {
    const id = await bench.start('busy');
    await expect.poll(() => bench.attempts(id), { timeout: 10_000 }).toHaveLength(1);
    await sleep(500);
    const [attempt] = await bench.attempts(id);
    const pid = attempt?.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    const cancelledAt = performance.now();
    await bench.store.cancelWorkflow(id, new Date());
    await expect.poll(() => isAlive(pid), { timeout: 5_000, interval: 20 }).toBe(false);
    expect(performance.now() - cancelledAt).toBeLessThan(2_000);
    expect(train(await bench.until(id, ended))?.status).toBe('CANCELLED');
  });

  it('runs a task once that is delivered twenty times', async () => {
    const id = await bench.start('mark');
    const { steps } = await bench.until(id, () => true);
    for (const { id: stepId, name } of steps) {
      for (let copy = 0; copy < 20; copy += 1) {
        const message = { id: randomUUID(), name: queueOf(name), kwargs: { workflowId: id }, retries: 0 };
        await bench.broker.publish({ ...message, args: [stepId] });
      }
      await bench.until(id, (now) => now.steps.some((step) => step.id === stepId && step.status === 'COMPLETED'));
    }
    await sleep(200);
    const logs = await bench.store.logsAfter(id, 0, 1_000);
    expect(logs.filter(({ code }) => code === 'stepStarted').map(({ step }) => step)).toEqual([...ownStepNames]);
    expect(await bench.attempts(id)).toHaveLength(1);
  });

  it('runs at most as many steps at a time as it has slots, over all queues', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => bench.start('epochs')));
    const all = () => Promise.all(ids.map((id) => bench.until(id, () => true)));
    let most = 0;
    for (let workflows = await all(); !workflows.every(ended); workflows = await all()) {
      most = Math.max(most, worker.snapshot().active.length);
      await sleep(5);
    }
    expect(most).toBe(2);
  });

  it('begins the next step while the end of one is being written down', async () => {
    const slow = await createWorkerBench();
    const events: string[] = [];
    const store: Store = {
      ...slow.store,
      async claimStep(...asked) {
        const claimed = await slow.store.claimStep(...asked);
        if (claimed !== null) events.push(`${claimed.input.workflowId} ${claimed.input.name} begun`);
        return claimed;
      },
      async completeStep(fence, ...rest) {
        await expect.poll(() => events.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
        events.push('written');
        return slow.store.completeStep(fence, ...rest);
      },
    };
    const ids = [await slow.start('mark'), await slow.start('mark')];
    await slow.worker({ store, concurrency: 1 }).start();
    for (const id of ids) expect((await slow.until(id, ended)).status).toBe('COMPLETED');
    expect(events.slice(0, 3)).toEqual([`${ids[0]} upload begun`, `${ids[1]} upload begun`, 'written']);
    await slow.close();
  });
});
