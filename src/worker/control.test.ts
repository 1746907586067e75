import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAlive } from '../../test/support/worker/is-alive.js';
import { createWorkerBench, type WorkerBench } from '../../test/support/worker/worker-bench.js';
import type { WorkerAction } from '../contract/operations.js';
import type { WorkflowRecord } from '../engine/ports.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const ended = ({ status }: WorkflowRecord) => status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
const train = (workflow: WorkflowRecord) => workflow.steps.find(({ name }) => name === 'train');

let bench: WorkerBench;
beforeEach(async () => {
  bench = await createWorkerBench();
});
afterEach(() => bench.close());

const name = 'zincir@test-1';
/** Asks as an operator does, and waits for the answer. */
const ask = async (action: WorkerAction, slots = 1) => {
  const { id } = await bench.engine.workers.ask(name, action, slots, 'en');
  const answered = async () => (await bench.engine.workers.get(name, 'en')).commands.find((one) => one.id === id);
  await expect.poll(async () => (await answered())?.answeredAt, { timeout: 5_000, interval: 20 }).not.toBeNull();
  return answered();
};
const running = async (ids: number[]) =>
  (await Promise.all(ids.map((id) => bench.until(id, () => true)))).filter((one) => train(one)?.status === 'RUNNING');

describe('a worker that is steered', () => {
  it('runs more steps at a time when it grows, and cuts none when it shrinks', async () => {
    const worker = bench.worker();
    await worker.start();
    const ids = [await bench.start('busy'), await bench.start('busy')];
    await expect.poll(async () => (await running(ids)).length, { timeout: 20_000 }).toBe(1);
    expect(await ask('grow', 2)).toMatchObject({ ok: true, answer: 'It has 3 slots now.' });
    await expect.poll(async () => (await running(ids)).length, { timeout: 20_000 }).toBe(2);

    expect(await ask('shrink', 9)).toMatchObject({ ok: true, answer: 'It has 1 slot now.', params: { now: 1 } });
    expect(await ask('shrink')).toMatchObject({ ok: false, answer: 'It has one slot, and keeps it.' });
    const third = await bench.start('mark');
    await sleep(1_500);
    expect((await running(ids)).map((workflow) => train(workflow)?.attempt)).toEqual([1, 1]);
    expect((await bench.until(third, () => true)).steps[0]?.status).toBe('QUEUED');
    await bench.store.cancelWorkflow(ids[0] ?? 0, new Date());
    await sleep(1_500);
    // One step still runs, and there is one slot.
    expect((await bench.until(third, () => true)).steps[0]?.status).toBe('QUEUED');
    await bench.store.cancelWorkflow(ids[1] ?? 0, new Date());
    await bench.until(third, ended);
  });

  it('takes nothing while it is quiet but goes on with what runs, and takes steps again when it is told to', async () => {
    await bench.worker({ concurrency: 2 }).start();
    const before = await bench.start('epochs');
    await bench.until(before, ({ epoch }) => epoch >= 2);
    expect(await ask('quiet')).toMatchObject({ ok: true });
    expect(await bench.engine.workers.get(name, 'en')).toMatchObject({ status: 'draining' });
    const after = await bench.start('mark');
    // The steps of a chain that has begun wait too: only what ran goes on.
    expect(train(await bench.until(before, ended))).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    await sleep(500);
    expect((await bench.until(after, () => true)).steps[0]?.status).toBe('QUEUED');
    expect(await ask('resume')).toMatchObject({ ok: true, answer: 'It takes steps again.' });
    expect((await bench.until(after, ended)).status).toBe('COMPLETED');
    expect(await bench.engine.workers.get(name, 'en')).toMatchObject({ status: 'online' });
  });

  it('hands its step back when it is shut down, says so first, and is offline then', async () => {
    const worker = bench.worker();
    await worker.start();
    const id = await bench.start('epochs');
    await bench.until(id, ({ epoch }) => epoch >= 2);
    expect(await ask('shutdown')).toMatchObject({ ok: true, answer: 'It hands its running steps back and ends.' });
    await worker.stopped;
    expect(train(await bench.until(id, () => true))).toMatchObject({ status: 'QUEUED', attempt: 1 });
    const { status, stoppedAt, active, warnings } = await bench.engine.workers.get(name, 'en');
    expect({ status, active, warnings }).toEqual({ status: 'offline', active: [], warnings: [] });
    expect(stoppedAt).not.toBeNull();
    await expect(bench.engine.workers.ask(name, 'grow', 1, 'en')).rejects.toMatchObject({ code: 'WORKER_OFFLINE' });
    await expect(bench.engine.workers.ask('zincir@none', 'grow', 1, 'en')).rejects.toMatchObject({
      code: 'WORKER_NOT_FOUND',
    });
  });

  it('ends a task that runs when it is told to, at once, and touches none that is only to be kept from running', async () => {
    const worker = bench.worker();
    await worker.start();
    const id = await bench.start('busy');
    const { taskId } = train(await bench.until(id, (now) => train(now)?.status === 'RUNNING')) ?? {};
    await expect.poll(() => worker.snapshot().active[0]?.pid ?? null, { timeout: 10_000 }).not.toBeNull();
    const pid = worker.snapshot().active[0]?.pid ?? 0;
    expect(await worker.revoke(randomUUID(), true)).toBe('unknown');
    expect(await worker.revoke(taskId ?? '', false)).toBe('running');
    expect(isAlive(pid)).toBe(true);
    const toldAt = performance.now();
    expect(await worker.revoke(taskId ?? '', true)).toBe('terminated');
    await expect.poll(() => isAlive(pid), { timeout: 5_000, interval: 20 }).toBe(false);
    expect(performance.now() - toldAt).toBeLessThan(1_500);
    expect((await bench.until(id, ended)).status).toBe('CANCELLED');
  });
});

it('a worker tells what it runs, what it has done, and what its machine and its children take', async () => {
  const worker = bench.worker({ concurrency: 2 });
  await worker.start();
  await bench.until(await bench.start('mark'), ended);
  await bench.until(await bench.start('input-fault'), ended);
  const id = await bench.start('busy');
  await bench.until(id, (now) => train(now)?.status === 'RUNNING');
  await expect
    .poll(async () => (await bench.engine.workers.get(name, 'en')).processed, { timeout: 10_000 })
    .toBeGreaterThanOrEqual(8);
  const { items, totals } = await bench.engine.workers.list('en');
  expect(items).toHaveLength(1);
  const [shown] = items;
  expect(shown).toMatchObject({
    name,
    status: 'online',
    host: 'test',
    pid: process.pid,
    slots: 2,
    failed: 1,
    retried: 0,
  });
  expect(shown?.active).toMatchObject([{ name: 'zincir.train', status: 'STARTED', workflow: { id }, worker: name }]);
  expect(totals).toMatchObject({ online: 1, lost: 0, slots: 2, processed: 8, failed: 1 });
  expect(shown?.load).toHaveLength(3);
  expect(Math.abs((shown?.load?.[2] ?? 99) - (loadavg()[2] ?? 0))).toBeLessThan(5);
  expect(Math.abs(shown?.clockDriftMs ?? 9_999)).toBeLessThan(1_000);
  expect(shown?.warnings).toEqual([]);
  if (process.platform !== 'linux') return;
  // A Node.js process takes some 40 MiB; there are the running one and its spares.
  const { childrenBytes, memoryBytes } = shown ?? {};
  expect(childrenBytes).toBeGreaterThan(2 * 30 * 2 ** 20);
  expect(memoryBytes).toBeGreaterThan((childrenBytes ?? 0) + 30 * 2 ** 20);
  const { history } = await bench.engine.workers.get(name, 'en');
  expect(history.length).toBeGreaterThan(0);
});
