/** Workers as operators see and steer them over HTTP: one inside the server, and nodes of their own on RabbitMQ. */
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Problem } from '../src/contract/api.js';
import type { Workflow } from '../src/contract/entities.js';
import {
  type WorkerAction,
  WorkerCommand,
  WorkerDetails,
  WorkerHistory,
  WorkerList,
} from '../src/contract/operations.js';
import { createWorkflow, getWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { type Cluster, startCluster } from './support/nodes.js';
import { example, type Server, startServer, temporaryDirectory, zincir } from './support/program.js';
import { findRabbit, rabbitMissing } from './support/rabbitmq.js';

const lacks = [...((await findPostgres()) ? [] : [postgresMissing]), ...((await findRabbit()) ? [] : [rabbitMissing])];

const workers = async (url: string) => WorkerList.parse(await (await fetch(`${url}/api/workers`)).json());
const worker = async (url: string, name: string) =>
  WorkerDetails.parse(await (await fetch(`${url}/api/workers/${encodeURIComponent(name)}`)).json());
const post = (url: string, name: string, action: WorkerAction, slots?: number) =>
  fetch(`${url}/api/workers/${encodeURIComponent(name)}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(slots === undefined ? {} : { body: JSON.stringify({ slots }) }),
  });

/** Asks, and waits until the worker has answered. */
async function ask(url: string, name: string, action: WorkerAction, slots?: number) {
  const response = await post(url, name, action, slots);
  expect(response.status).toBe(202);
  const { id } = WorkerCommand.parse(await response.json());
  const began = performance.now();
  for (;;) {
    const command = (await worker(url, name)).commands.find((one) => one.id === id);
    if (command?.answeredAt) return command;
    if (performance.now() - began > 10_000) throw new Error(`${action} was not answered`);
    await sleep(50);
  }
}

const train = ({ steps }: Workflow) => steps.find(({ name }) => name === 'train');
const isTraining = (workflow: Workflow) => train(workflow)?.status === 'RUNNING' && workflow.epoch > 0;
const longTraining = (datasetId: number) => ({
  datasetId,
  config: { model: 'MLP', target: 'digit', params: { epochs: 5_000, random_state: 7 } },
});
const shortChain = (datasetId: number) => ({ datasetId, config: { model: 'LR', target: 'species' } });

/** What holds for a worker on either broker. */
async function steer(url: string, name: string): Promise<void> {
  const { id: digits } = await upload(url, example('digits.csv'));
  const { id: iris } = await upload(url, example('iris.csv'));
  const long = (await createWorkflow(url, longTraining(digits))).id;
  await waitFor(url, long, isTraining, 120_000);

  // One slot, and it is taken.
  const { id: next } = await createWorkflow(url, shortChain(iris));
  await sleep(1_000);
  expect((await getWorkflow(url, next)).steps[0]?.status).toBe('QUEUED');
  expect(await ask(url, name, 'grow')).toMatchObject({ ok: true, answer: 'It has 2 slots now.', params: { now: 2 } });
  expect((await waitFor(url, next, hasEnded, 60_000)).status).toBe('COMPLETED');
  expect(train(await getWorkflow(url, long))).toMatchObject({ status: 'RUNNING', attempt: 1 });

  expect(await ask(url, name, 'shrink', 5)).toMatchObject({ ok: true, params: { now: 1 } });
  expect(await ask(url, name, 'quiet')).toMatchObject({ ok: true });
  const quiet = await worker(url, name);
  expect(quiet).toMatchObject({ status: 'draining', slots: 1, active: [{ name: 'zincir.train', worker: name }] });
  expect(quiet.active[0]?.progress).toMatchObject({ unit: 'epochs' });
  expect(train(await getWorkflow(url, long))).toMatchObject({ status: 'RUNNING', attempt: 1 });
  await fetch(`${url}/api/workflows/${long}/cancel`, { method: 'POST' });
  const { id: waits } = await createWorkflow(url, shortChain(iris));
  await sleep(1_500);
  expect((await getWorkflow(url, waits)).steps[0]?.status).toBe('QUEUED');
  expect(await ask(url, name, 'resume')).toMatchObject({ ok: true });
  expect((await waitFor(url, waits, hasEnded, 60_000)).status).toBe('COMPLETED');

  // Two chains, and of the long one the training that was cancelled; counters come with the next heartbeat.
  await expect.poll(async () => (await worker(url, name)).processed, { timeout: 10_000 }).toBe(9);
  const { items, totals } = await workers(url);
  const shown = items.find((one) => one.name === name);
  expect(shown).toMatchObject({ status: 'online', host: hostname(), slots: 1, active: [], failed: 0 });
  expect(totals.processed).toBeGreaterThanOrEqual(shown?.processed ?? 0);
  const history = WorkerHistory.parse(await (await fetch(`${url}/api/workers/history`)).json());
  expect(history.items.length).toBeGreaterThan(0);
  expect((await worker(url, name)).recentTasks.length).toBeGreaterThanOrEqual(8);
}

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status);
  const problem = Problem.parse(await response.json());
  expect(problem.code).toBe(code);
  expect(problem.hint).not.toBe('');
}

describe('the worker inside a server', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer(temporaryDirectory(), { env: { ZINCIR_CONCURRENCY: '1' } });
  }, 60_000);
  afterAll(async () => void (await server?.stop()));

  test('is shown and steered over HTTP, and the server goes on when it is shut down', async () => {
    const { url } = server;
    const [only] = (await workers(url)).items;
    const name = only?.name ?? '';
    expect(only).toMatchObject({ status: 'online', pid: server.process.pid, slots: 1, warnings: [] });
    await steer(url, name);

    expect(await ask(url, name, 'shutdown')).toMatchObject({ ok: true });
    await expect.poll(async () => (await worker(url, name)).status, { timeout: 10_000 }).toBe('offline');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await expectProblem(await post(url, name, 'grow'), 409, 'WORKER_OFFLINE');
    await expectProblem(await post(url, 'zincir@nowhere', 'quiet'), 404, 'WORKER_NOT_FOUND');
    await expectProblem(await post(url, name, 'grow', 0), 400, 'REQUEST_INVALID');
    const { code, stderr } = await server.stop();
    expect(code).toBe(0);
    expect(stderr).toContain('the worker was shut down; the server goes on without one');
  }, 240_000);
});

describe.skipIf(lacks.length > 0)(`workers of their own${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterEach(() => cluster?.close());
  const own = (name: string) => `${name}@${hostname()}`;

  test('are shown and steered over HTTP, and end with 0 when they are shut down', async () => {
    const { url } = cluster.server;
    const node = await cluster.worker(own('steered'));
    await steer(url, node.name);
    expect(await ask(url, node.name, 'shutdown')).toMatchObject({ ok: true });
    expect(await node.ended).toMatchObject({ code: 0, signal: null });
    expect(await worker(url, node.name)).toMatchObject({ status: 'offline', warnings: [] });
  }, 240_000);

  test('one that is killed is lost within 10 s, and the other one is not', async () => {
    const { url } = cluster.server;
    const nodes = [await cluster.worker(own('first')), await cluster.worker(own('second'))];
    const { id: digits } = await upload(url, example('digits.csv'));
    const { id } = await createWorkflow(url, longTraining(digits));
    const trains = train(await waitFor(url, id, isTraining, 120_000))?.worker;
    const killed = nodes.find(({ name }) => name === trains);
    const other = nodes.find((node) => node !== killed);
    await killed?.stop('SIGKILL');
    const began = performance.now();
    const status = async (name = '') => (await worker(url, name)).status;
    await expect.poll(() => status(killed?.name), { timeout: 15_000, interval: 100 }).toBe('lost');
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await status(other?.name)).toBe('online');
    const { warnings } = await worker(url, killed?.name ?? '');
    expect(warnings.map(({ code }) => code)).toEqual(['WORKER_SILENT']);
    expect((await workers(url)).totals).toMatchObject({ online: 1, lost: 1 });
    await expectProblem(await post(url, killed?.name ?? '', 'quiet'), 409, 'WORKER_OFFLINE');
    await fetch(`${url}/api/workflows/${id}/cancel`, { method: 'POST' });
    await other?.stop();
  }, 240_000);

  test('two of one name are warned of everywhere, and neither disturbs the other', async () => {
    const { url } = cluster.server;
    const name = own('twin');
    const first = await cluster.worker(name);
    const { id: digits } = await upload(url, example('digits.csv'));
    const { id } = await createWorkflow(url, longTraining(digits));
    await waitFor(url, id, isTraining, 120_000);
    const second = await cluster.worker(name);
    const codes = async () => (await worker(url, name)).warnings.map(({ code }) => code);
    await expect.poll(codes, { timeout: 20_000 }).toEqual(['WORKER_NAME_TWICE']);
    expect((await worker(url, name)).pid).toBe(first.pid);
    expect(train(await getWorkflow(url, id))).toMatchObject({ status: 'RUNNING', attempt: 1 });
    const { code, stdout } = await zincir(['doctor', '--json'], { env: cluster.settings });
    expect(code).not.toBe(0);
    expect(stdout).toContain(`Two workers go by the name ${name}`);
    await fetch(`${url}/api/workflows/${id}/cancel`, { method: 'POST' });
    const ended = await second.stop();
    expect(ended.stderr).toContain('another worker goes by this name');
    await expect.poll(codes, { timeout: 20_000 }).toEqual([]);
    await first.stop();
  }, 240_000);

  test.each([3_600_000, -3_600_000])(
    'one whose clock is wrong by %d ms works like any other, with a warning',
    async (ms) => {
      const { url } = cluster.server;
      const file = path.join(temporaryDirectory('zincir-clock'), 'offset');
      writeFileSync(file, String(ms));
      const node = await cluster.worker(own(`clock${ms}`), [], { ZINCIR_CLOCK_OFFSET_FILE: file });
      const { id: iris } = await upload(url, example('iris.csv'));
      const workflow = await waitFor(url, (await createWorkflow(url, shortChain(iris))).id, hasEnded, 60_000);
      expect(workflow.status).toBe('COMPLETED');
      expect(workflow.steps.map(({ worker: by, attempt }) => [by, attempt])).toEqual(Array(3).fill([node.name, 1]));
      expect(Math.abs(Date.parse(train(workflow)?.completedAt ?? '') - Date.now())).toBeLessThan(120_000);
      const { status, clockDriftMs, warnings } = await worker(url, node.name);
      expect(status).toBe('online');
      expect(Math.abs((clockDriftMs ?? 0) - ms)).toBeLessThan(2_000);
      expect(warnings.map(({ code }) => code)).toEqual([ms > 0 ? 'WORKER_CLOCK_AHEAD' : 'WORKER_CLOCK_BEHIND']);
      await node.stop();
    },
    120_000,
  );
});
