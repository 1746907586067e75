/** A last step that a real Celery worker runs. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workflow } from '../src/contract/entities.js';
import { answers, celeryMissing, findCelery, type Running, startCelery } from './support/celery.js';
import { createWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { type Cluster, startCluster } from './support/nodes.js';
import { example, startServer, temporaryDirectory } from './support/program.js';
import { findRabbit, rabbitMissing } from './support/rabbitmq.js';

const python = findCelery() ?? '';
const lacks = [
  ...(python === '' ? [celeryMissing] : []),
  ...((await findPostgres()) ? [] : [postgresMissing]),
  ...((await findRabbit()) ? [] : [rabbitMissing]),
];

/** Of somebody who knows Celery and has never heard of us. */
const app = `
import hashlib, os, time
from urllib.parse import unquote, urlparse
from celery import Celery
app = Celery('acme', backend='rpc://')

@app.task
def deploy(about, stage='test'):
    model = next(file for file in about['artifacts'] if file['name'] == 'model.joblib')
    with open(unquote(urlparse(model['address']).path), 'rb') as file:
        whole = hashlib.sha256(file.read()).hexdigest() == model['sha256']
    return {'stage': stage, 'whole': whole, 'accuracy': about['result']['validationAccuracy'], 'id': about['workflowId']}

@app.task
def broken(about):
    raise ValueError('no room on the shelf')

@app.task(bind=True, max_retries=2)
def shaky(self, about):
    if self.request.retries < 2:
        raise self.retry(countdown=0.2, exc=RuntimeError('not yet'))
    return self.request.retries

@app.task(bind=True)
def slow(self, about, seconds=60):
    with open(os.environ['STARTED'], 'a') as file:
        file.write(self.request.id + '\\n')
    time.sleep(seconds)
    return 'done'
`;

describe.skipIf(lacks.length > 0)(`a custom step${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  let cluster: Cluster;
  let celery: Running;
  let url: string;
  let iris: number;
  const folder = temporaryDirectory('zincir-acme');
  const started = path.join(folder, 'started');

  beforeAll(async () => {
    process.env.STARTED = started;
    writeFileSync(path.join(folder, 'acme.py'), app);
    writeFileSync(started, '');
    cluster = await startCluster();
    url = cluster.server.url;
    await cluster.worker('zincir@one');
    iris = (await upload(url, example('iris.csv'))).id;
    celery = startCelery(
      python,
      cluster.brokerUrl,
      ['-A', 'acme', 'worker', '-c', '1', '-n', 'acme@host', '-E', '-l', 'INFO'],
      folder,
    );
    await celery.says('acme@host ready');
  }, 120_000);
  afterAll(async () => {
    await celery?.stop('SIGKILL');
    await cluster?.close();
  });

  const create = (custom: object) =>
    createWorkflow(url, { datasetId: iris, config: { model: 'LR', target: 'species', custom } });
  const customOf = ({ steps }: Workflow) => steps.find(({ name }) => name === 'custom');
  const isSent = (workflow: Workflow) => customOf(workflow)?.status === 'RUNNING';

  test('is run by a Celery worker, which is told of the result and the files; what it returns is kept', async () => {
    const workflow = await waitFor(
      url,
      (await create({ task: 'acme.deploy', kwargs: { stage: 'live' } })).id,
      hasEnded,
    );
    expect(workflow).toMatchObject({ status: 'COMPLETED', error: null, epoch: 10 });
    expect(workflow.steps.map(({ name, status }) => [name, status])).toEqual([
      ['upload', 'COMPLETED'],
      ['preprocess', 'COMPLETED'],
      ['train', 'COMPLETED'],
      ['custom', 'COMPLETED'],
    ]);
    expect(workflow.validationAccuracy).toBe(workflow.result?.validationAccuracy);
    expect(customOf(workflow)?.result).toMatchObject({
      task: 'acme.deploy',
      queue: 'celery',
      result: { stage: 'live', whole: true, accuracy: workflow.validationAccuracy, id: workflow.id },
    });
    const queues = await cluster.vhost.asStranger((stranger) =>
      stranger.queueDeclare({ queue: `zincir.answer.${customOf(workflow)?.result?.id}`, passive: true }).then(
        () => 'left over',
        () => 'gone',
      ),
    );
    expect(queues).toBe('gone');
  }, 60_000);

  test('a chain without one has three steps', async () => {
    const { steps } = await createWorkflow(url, { datasetId: iris, config: { model: 'LR', target: 'species' } });
    expect(steps.map(({ name }) => name)).toEqual(['upload', 'preprocess', 'train']);
  });

  test('fails with the exception of the task; one that its worker tries again is waited for', async () => {
    const failed = await waitFor(url, (await create({ task: 'acme.broken' })).id, hasEnded);
    expect(failed).toMatchObject({ status: 'FAILED', trainAccuracy: expect.any(Number) });
    expect(failed.error).toMatchObject({
      code: 'CUSTOM_STEP_FAILED',
      params: { task: 'acme.broken', type: 'ValueError', detail: 'no room on the shelf' },
      message: 'The Celery task acme.broken failed: ValueError: no room on the shelf',
    });
    const task = await (await fetch(`${url}/api/tasks/${customOf(failed)?.taskId}`)).json();
    expect(Object(task).traceback).toContain('raise ValueError');

    const again = await waitFor(url, (await create({ task: 'acme.shaky' })).id, hasEnded);
    expect(customOf(again)).toMatchObject({ status: 'COMPLETED', attempt: 1, result: { result: 2 } });
  }, 60_000);

  test('is revoked at its worker when the workflow is cancelled', async () => {
    const { id } = await create({ task: 'acme.slow' });
    await waitFor(url, id, isSent);
    const active = async () =>
      Object((await answers(python, cluster.brokerUrl, 'inspect', '-d', 'acme@host', 'active'))['acme@host']).length;
    await expect.poll(active, { timeout: 20_000 }).toBe(1);
    await fetch(`${url}/api/workflows/${id}/cancel`, { method: 'POST' });
    await expect.poll(active, { timeout: 20_000 }).toBe(0);
    expect((await waitFor(url, id, hasEnded)).status).toBe('CANCELLED');
  }, 60_000);

  test('may be cancelled at any moment, and the slot is free again', async () => {
    for (let i = 0; i < 5; i++) {
      const { id } = await create({ task: 'acme.slow' });
      await waitFor(url, id, isSent, 60_000, 5);
      await new Promise((resolve) => setTimeout(resolve, i * 25));
      await fetch(`${url}/api/workflows/${id}/cancel`, { method: 'POST' });
    }
    const { id } = await create({ task: 'acme.deploy' });
    expect((await waitFor(url, id, hasEnded)).status).toBe('COMPLETED');
  }, 120_000);

  test('is sent once, though the worker of ours that waits for it is replaced', async () => {
    const { readFileSync } = await import('node:fs');
    writeFileSync(started, '');
    const { id } = await create({ task: 'acme.slow', kwargs: { seconds: 6 } });
    await waitFor(url, id, isSent);
    await expect.poll(() => readFileSync(started, 'utf8'), { timeout: 20_000 }).not.toBe('');
    await cluster.workers[0]?.stop('SIGTERM');
    await cluster.worker('zincir@two');
    const workflow = await waitFor(url, id, hasEnded);
    expect(customOf(workflow)).toMatchObject({ status: 'COMPLETED', attempt: 2, worker: 'zincir@two' });
    expect(customOf(workflow)?.result).toMatchObject({ result: 'done' });
    expect(readFileSync(started, 'utf8').trim().split('\n')).toHaveLength(1);
  }, 90_000);
});

test('a custom step is refused where there is no RabbitMQ, with what to do', async () => {
  const server = await startServer(temporaryDirectory());
  const { id } = await upload(server.url, example('iris.csv'));
  const config = { model: 'LR', target: 'species', custom: { task: 'acme.deploy' } };
  const response = await fetch(`${server.url}/api/workflows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ datasetId: id, config }),
  });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    code: 'CUSTOM_STEP_UNAVAILABLE',
    hint: expect.stringContaining('ZINCIR_BROKER_URL'),
  });
  await server.stop();
}, 60_000);
