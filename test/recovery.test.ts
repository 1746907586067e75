/** What a kill, a stop and a second process do to running work. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { MetricList } from '../src/contract/api.js';
import { createWorkflow, getWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { binary, cleanEnvironment, example, startServer, temporaryDirectory, zincir } from './support/program.js';

/** Linux tells of other processes; elsewhere the tests that look at them are skipped. */
const procfs = existsSync('/proc/self/stat');

const longTraining = (datasetId: number, epochs: number) => ({
  datasetId,
  config: { model: 'MLP', target: 'digit', params: { epochs, random_state: 7 } },
});

describe('a process that dies', () => {
  test('by SIGKILL during train goes on at the next start and ends with the metrics of an undisturbed run', async () => {
    const epochs = 400;
    const dataDir = temporaryDirectory();
    const first = await startServer(dataDir);
    const { id: datasetId } = await upload(first.url, example('digits.csv'));
    const { id } = await createWorkflow(first.url, longTraining(datasetId, epochs));
    const running = await waitFor(first.url, id, ({ epoch }) => epoch >= 5);
    expect(running.status).toBe('RUNNING');
    await first.stop('SIGKILL');

    const second = await startServer(dataDir);
    const resumed = await waitFor(second.url, id, hasEnded, 120_000);
    expect(resumed).toMatchObject({ status: 'COMPLETED', error: null, epoch: epochs });
    expect(resumed.steps.map(({ name, attempt }) => [name, attempt])).toEqual([
      ['upload', 1],
      ['preprocess', 1],
      ['train', 2],
    ]);

    const undisturbed = await createWorkflow(second.url, longTraining(datasetId, epochs));
    await waitFor(second.url, undisturbed.id, hasEnded, 120_000);
    expect(await metrics(second.url, id)).toEqual(await metrics(second.url, undisturbed.id));
    expect(await model(second.url, id)).toEqual(await model(second.url, undisturbed.id));
    await second.stop();
  }, 300_000);

  test.skipIf(!procfs)(
    'leaves no child process behind',
    async () => {
      const server = await startServer(temporaryDirectory());
      const { id: datasetId } = await upload(server.url, example('digits.csv'));
      const { id } = await createWorkflow(server.url, longTraining(datasetId, 100_000));
      await waitFor(server.url, id, ({ epoch }) => epoch >= 1);
      const children = childrenOf(server.process.pid ?? 0);
      expect(children.length).toBeGreaterThan(0);
      await server.stop('SIGKILL');
      await expect.poll(() => children.filter(isAlive), { timeout: 5000 }).toEqual([]);
    },
    60_000,
  );
});

test('SIGTERM hands the running step back and ends with 0; the next start completes it', async () => {
  const dataDir = temporaryDirectory();
  const first = await startServer(dataDir);
  const { id: datasetId } = await upload(first.url, example('digits.csv'));
  const { id } = await createWorkflow(first.url, longTraining(datasetId, 300));
  await waitFor(first.url, id, ({ epoch }) => epoch >= 3);
  const ended = await first.stop('SIGTERM');
  expect(ended.code).toBe(0);
  const second = await startServer(dataDir);
  expect(await waitFor(second.url, id, hasEnded, 120_000)).toMatchObject({ status: 'COMPLETED', epoch: 300 });
  await second.stop();
}, 200_000);

test.skipIf(!procfs)(
  'cancel reaches a running training within 2 s',
  async () => {
    const server = await startServer(temporaryDirectory());
    const { id: datasetId } = await upload(server.url, example('digits.csv'));
    const { id } = await createWorkflow(server.url, longTraining(datasetId, 100_000));
    await waitFor(server.url, id, ({ epoch }) => epoch >= 1);
    const trainer = await busiest(childrenOf(server.process.pid ?? 0));
    const asked = performance.now();
    const response = await fetch(`${server.url}/api/workflows/${id}/cancel`, { method: 'POST' });
    expect(response.status).toBe(200);
    await expect
      .poll(() => isAlive(trainer), { timeout: 2000 - (performance.now() - asked), interval: 20 })
      .toBe(false);
    expect(await waitFor(server.url, id, hasEnded)).toMatchObject({ status: 'CANCELLED' });
    await server.stop();
  },
  60_000,
);

test('a second process on the same data directory is refused with the pid that holds it', async () => {
  const dataDir = temporaryDirectory();
  const server = await startServer(dataDir);
  const second = await zincir(['start', '--port', '0', '--data-dir', dataDir]);
  expect(second.code).toBe(2);
  expect(second.stderr).toContain(`in use by process ${server.process.pid}`);
  expect(second.stderr).not.toContain('    at ');
  await server.stop();
});

test('a lock left by a killed process does not keep the next one out', async () => {
  const dataDir = temporaryDirectory();
  const first = await startServer(dataDir);
  await first.stop('SIGKILL');
  const second = await startServer(dataDir);
  expect((await second.stop()).code).toBe(0);
});

test.skipIf(!procfs)(
  'the lock of a killed process keeps no one out, though its parent never asks after it',
  async () => {
    const dataDir = temporaryDirectory();
    const start = `"${process.execPath}" "${binary}" start --port 0 --data-dir "${dataDir}" & exec sleep 60`;
    const careless = spawn('sh', ['-c', start], { env: cleanEnvironment(), stdio: 'ignore' });
    try {
      const lock = path.join(dataDir, 'zincir.lock');
      const holder = () => (existsSync(lock) ? JSON.parse(readFileSync(lock, 'utf8')) : {});
      await expect.poll(() => holder().url, { timeout: 20_000 }).toMatch(/^http/);
      process.kill(holder().pid, 'SIGKILL');
      await expect.poll(() => stat(holder().pid)[0]).toBe('Z');
      const next = await startServer(dataDir);
      expect((await next.stop()).code).toBe(0);
    } finally {
      careless.kill('SIGKILL');
    }
  },
  60_000,
);

/** Fields of /proc/PID/stat after the name: [0] state, [1] parent, [11] and [12] ticks of processor time. */
function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function childrenOf(parent: number): number[] {
  if (!procfs) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => Number(stat(pid)[1]) === parent);
}

const cpuTicks = (pid: number): number => Number(stat(pid)[11] ?? 0) + Number(stat(pid)[12] ?? 0);

/** The process that used the processor most during half a second. */
async function busiest(pids: number[]): Promise<number> {
  const before = new Map(pids.map((pid) => [pid, cpuTicks(pid)]));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const used = (pid: number) => cpuTicks(pid) - (before.get(pid) ?? 0);
  return pids.reduce((most, pid) => (used(pid) > used(most) ? pid : most));
}

const isAlive = (pid: number): boolean => !['Z', 'X', undefined].includes(stat(pid)[0]);

async function metrics(url: string, id: number): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const response = await fetch(`${url}/api/workflows/${id}/metrics?after=${all.length}`);
    const { items } = MetricList.parse(await response.json());
    if (items.length === 0) return all;
    all.push(...items);
  }
}

async function model(url: string, id: number): Promise<string> {
  const { artifacts } = await getWorkflow(url, id);
  const found = artifacts.find(({ name }) => name === 'model.joblib');
  if (!found) throw new Error(`workflow ${id} has no model.joblib`);
  return found.sha256;
}
