/** The program on several processes: a server, workers, PostgreSQL, RabbitMQ and a shared folder. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LogList, MetricList } from '../src/contract/api.js';
import type { Workflow } from '../src/contract/entities.js';
import { openDatabase } from '../src/database/index.js';
import { createWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { startCluster } from './support/nodes.js';
import { example, zincir } from './support/program.js';
import { findRabbit, rabbitMissing } from './support/rabbitmq.js';

const lacks = [...((await findPostgres()) ? [] : [postgresMissing]), ...((await findRabbit()) ? [] : [rabbitMissing])];

/** Long enough for a worker to be stopped in the middle of it, after a checkpoint. */
/** Several checkpoints long, even alone on a fast machine. */
const longEpochs = 4000;
const longTraining = (datasetId: number) => ({
  datasetId,
  config: { model: 'MLP', target: 'digit', params: { epochs: longEpochs, random_state: 7 } },
});
const trainOf = ({ steps }: Workflow) => steps.find(({ name }) => name === 'train');
const isTraining = (workflow: Workflow) => trainOf(workflow)?.status === 'RUNNING' && workflow.epoch > 0;

describe.skipIf(lacks.length > 0)(`a server and two workers${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  test('share the steps of a workflow, each worker taking from the queues that it was given', async () => {
    const cluster = await startCluster();
    const { url } = cluster.server;
    await cluster.worker('reader@one', ['--queues', 'upload,preprocess']);
    await cluster.worker('trainer@two', ['--queues', 'train']);
    const { id: datasetId } = await upload(url, example('iris.csv'));
    const { id } = await createWorkflow(url, { datasetId, config: { model: 'LR', target: 'species' } });
    const workflow = await waitFor(url, id, hasEnded);
    expect(workflow).toMatchObject({ status: 'COMPLETED', epoch: 10 });
    expect(workflow.steps.map(({ name, worker, attempt }) => [name, worker, attempt])).toEqual([
      ['upload', 'reader@one', 1],
      ['preprocess', 'reader@one', 1],
      ['train', 'trainer@two', 1],
    ]);
    await cluster.close();
  }, 120_000);

  test('go on from step to step while every server is gone, with work that no server has announced yet', async () => {
    const cluster = await startCluster();
    const { url } = cluster.server;
    const { id: datasetId } = await upload(url, example('iris.csv'));
    const { id, config, ignored } = await createWorkflow(url, {
      datasetId,
      config: { model: 'LR', target: 'species' },
    });
    await cluster.server.stop('SIGKILL');
    const store = await openDatabase(cluster.settings.ZINCIR_DATABASE_URL ?? '');
    const asked = { name: 'unannounced', datasetId, config, ignored, origin: null, start: true };
    const unannounced = await store.createWorkflow(asked, new Date());
    await cluster.worker('alone@one');
    for (const each of [id, unannounced]) {
      const ended = async () => (await store.findWorkflow(each))?.status;
      await expect.poll(ended, { timeout: 60_000 }).toBe('COMPLETED');
    }
    expect(await store.dueOutbox(10, new Date(Date.now() + 60_000))).toEqual([]);
    await store.close();
    await cluster.close();
  }, 120_000);

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'hand a training on when its worker gets %s, and end with the same bytes',
    async (signal) => {
      const cluster = await startCluster({ ZINCIR_LEASE_SECONDS: '4' });
      const { url } = cluster.server;
      const workers = [await cluster.worker('first@one'), await cluster.worker('second@two')];
      const { id: datasetId } = await upload(url, example('digits.csv'));
      const { id } = await createWorkflow(url, longTraining(datasetId));
      const training = await waitFor(url, id, isTraining, 120_000);
      // With the second one there, the first is recorded for sure.
      const checkpoints = new Set<string>();
      const seen = () => {
        const files = readdirSync(cluster.filesDir, { recursive: true, encoding: 'utf8' });
        for (const file of files.filter(isCheckpoint)) checkpoints.add(file);
        return checkpoints.size;
      };
      await expect.poll(seen, { timeout: 60_000, interval: 50 }).toBeGreaterThan(1);
      const trainer = workers.find(({ name }) => name === trainOf(training)?.worker);
      const other = workers.find((worker) => worker !== trainer);
      const ended = await trainer?.stop(signal);
      expect(ended?.code).toBe(signal === 'SIGTERM' ? 0 : null);

      const resumed = await waitFor(url, id, hasEnded, 180_000);
      expect(resumed).toMatchObject({ status: 'COMPLETED', error: null, epoch: longEpochs });
      expect(trainOf(resumed)).toMatchObject({ worker: other?.name, attempt: 2 });
      expect(await resumedAfter(url, id)).toBeGreaterThan(0);

      const undisturbed = await createWorkflow(url, longTraining(datasetId));
      const reference = await waitFor(url, undisturbed.id, hasEnded, 180_000);
      expect(trainOf(reference)?.attempt).toBe(1);
      expect(resumed.artifacts.find(isModel)?.sha256).toBe(reference.artifacts.find(isModel)?.sha256);
      expect(await metrics(url, id)).toEqual(await metrics(url, undisturbed.id));
      await cluster.close();
    },
    400_000,
  );
});

test.each([
  ['ZINCIR_DATABASE_URL', 'pglite:///tmp/x', 'pglite://', 'postgres://'],
  ['ZINCIR_BROKER_URL', 'memory://', 'memory://', 'amqp://'],
])('a worker on its own is refused where %s is %s', async (setting, given, value, rule) => {
  const shared = { ZINCIR_DATABASE_URL: 'postgres://127.0.0.1:1/none', ZINCIR_BROKER_URL: 'amqp://127.0.0.1:1' };
  const { code, stderr, stdout } = await zincir(['worker'], { env: { ...shared, [setting]: given } });
  expect(code).toBe(2);
  expect(stdout).toBe('');
  for (const part of ['SETTING_INVALID', setting, value, rule]) expect(stderr).toContain(part);
  expect(stderr).not.toContain('    at ');
});

const isCheckpoint = (file: string) => /train-1.checkpoint-\d+$/.test(file);
const isModel = ({ name }: { name: string }) => name === 'model.joblib';

/** The epoch from which the second attempt went on; 0 where it began anew. */
async function resumedAfter(url: string, id: number): Promise<number> {
  const response = await fetch(`${url}/api/workflows/${id}/logs?limit=1000`);
  const { items } = LogList.parse(await response.json());
  return Number(items.findLast(({ code }) => code === 'trainingResumed')?.params.epoch ?? 0);
}

async function metrics(url: string, id: number): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const response = await fetch(`${url}/api/workflows/${id}/metrics?after=${all.length}`);
    const { items } = MetricList.parse(await response.json());
    if (items.length === 0) return all;
    all.push(...items);
  }
}
