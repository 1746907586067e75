/** Two workers of one name, and workers whose clocks are wrong. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWorkerBench, type WorkerBench } from '../../test/support/worker/worker-bench.js';
import type { WorkflowRecord } from '../engine/ports.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const name = 'zincir@test';
const ended = ({ status }: WorkflowRecord) => status === 'COMPLETED' || status === 'FAILED';
const train = (workflow: WorkflowRecord) => workflow.steps.find((step) => step.name === 'train');

let bench: WorkerBench;
beforeEach(async () => {
  bench = await createWorkerBench();
});
afterEach(() => bench.close());

const shown = () => bench.engine.workers.get(name, 'en');

it('a second worker of a name takes no step from the first, both are warned of, and it has the name when the first goes', async () => {
  const first = bench.worker({ name });
  await first.start();
  const id = await bench.start('busy');
  await bench.until(id, (now) => train(now)?.status === 'RUNNING');

  const warned: string[] = [];
  const keep = (_: object, text: string) => void warned.push(text);
  const second = bench.worker({ name, host: 'elsewhere', log: { info: keep, warn: keep, error: keep } });
  await second.start();
  await expect
    .poll(async () => (await shown()).warnings.map(({ code }) => code), { timeout: 20_000 })
    .toEqual(['WORKER_NAME_TWICE']);
  const [warning] = (await shown()).warnings;
  expect(warning?.message).toBe(
    `Two workers go by the name ${name}: process ${process.pid} on test, and process ${process.pid} on elsewhere.`,
  );
  expect(warned).toContain('another worker goes by this name, and was there before; give each its own');
  // Both work.
  expect((await bench.until(await bench.start('mark'), ended)).status).toBe('COMPLETED');
  expect(train(await bench.until(id, () => true))).toMatchObject({ status: 'RUNNING', attempt: 1 });
  expect(await shown()).toMatchObject({ host: 'test', status: 'online' });

  await bench.store.cancelWorkflow(id, new Date());
  await first.stop();
  await expect.poll(async () => (await shown()).host, { timeout: 10_000 }).toBe('elsewhere');
  expect((await shown()).warnings.map(({ code }) => code)).toEqual(['WORKER_NAME_FOREIGN']);
});

it('a worker that starts again under the name of one that was killed takes its steps up when that is lost, not before', async () => {
  // As a process leaves it that is killed in the middle of a step: its last heartbeat was just now.
  const killed = { name, instance: randomUUID(), host: 'test', pid: 1, concurrency: 1, version: '0' };
  await bench.store.registerWorker({ ...killed, queues: ['zincir.upload'] }, 0);
  const id = await bench.start('mark');
  const { steps } = await bench.until(id, () => true);
  await bench.store.claimStep(steps[0]?.id ?? 0, name, 600_000, new Date());

  const startedAt = performance.now();
  await bench.worker({ name }).start();
  await sleep(4_000);
  expect((await bench.until(id, () => true)).steps[0]).toMatchObject({ status: 'RUNNING', attempt: 1 });
  const workflow = await bench.until(id, ended);
  const tookMs = performance.now() - startedAt;
  expect(workflow.steps[0]).toMatchObject({ status: 'COMPLETED', attempt: 2, worker: name });
  expect(tookMs).toBeGreaterThan(7_000);
  expect(tookMs).toBeLessThan(30_000);
  expect(await shown()).toMatchObject({ status: 'online', pid: process.pid, warnings: [] });
});

it('a worker that signed off and starts again takes up what it held at once', async () => {
  const gone = { name, instance: randomUUID(), host: 'test', pid: 1, concurrency: 1, version: '0' };
  await bench.store.registerWorker({ ...gone, queues: ['zincir.upload'] }, 0);
  const id = await bench.start('mark');
  const { steps } = await bench.until(id, () => true);
  await bench.store.claimStep(steps[0]?.id ?? 0, name, 600_000, new Date());
  await bench.store.removeWorker(name, gone.instance);
  await bench.worker({ name }).start();
  const workflow = await bench.until(id, ended);
  expect(workflow.steps[0]).toMatchObject({ status: 'COMPLETED', attempt: 2 });
});

it.each([
  [3_600_000, 'WORKER_CLOCK_AHEAD', `The clock of ${name} is 3,600 s ahead of the database’s.`],
  [-3_600_000, 'WORKER_CLOCK_BEHIND', `The clock of ${name} is 3,600 s behind the database’s.`],
])('a machine whose clock is wrong by %d ms is online, and its row says so', async (ms, code, message) => {
  await bench.worker({ name, systemClock: { now: () => new Date(Date.now() + ms) } }).start();
  await expect.poll(async () => (await shown()).clockDriftMs, { timeout: 10_000 }).not.toBeNull();
  const { status, clockDriftMs, warnings } = await shown();
  expect(status).toBe('online');
  expect(Math.abs((clockDriftMs ?? 0) - ms)).toBeLessThan(1_000);
  expect(warnings).toMatchObject([{ code, message, params: { name, seconds: 3_600 } }]);
  expect((await bench.until(await bench.start('mark'), ended)).status).toBe('COMPLETED');
});

it('a name that tells of another machine is warned of, and one that begins with its own is not', async () => {
  for (const [own, host] of [
    ['zincir@test-12', 'test'],
    ['trainer@gpu.lab', 'gpu'],
    ['trainer@GPU', 'gpu.lab.example'],
    ['trainer@gpu-0', 'gpu.lab.example'],
  ] as const) {
    await bench.worker({ name: own, host }).start();
    expect((await bench.engine.workers.get(own, 'en')).warnings).toEqual([]);
  }
  await bench.worker({ name: 'trainer@elsewhere', host: 'here' }).start();
  expect((await bench.engine.workers.get('trainer@elsewhere', 'tr')).warnings).toEqual([
    {
      code: 'WORKER_NAME_FOREIGN',
      params: { name: 'trainer@elsewhere', host: 'here' },
      message: 'trainer@elsewhere adı, işçinin çalıştığı here makinesini değil, başka bir makineyi gösteriyor.',
      hint: 'Adı makinesine göre verin: ZINCIR_NODE_NAME değerinde @ işaretinden sonrası here ile başlamalı.',
    },
  ]);
});
