/** Celery's own command line and Flower, as they are, over workers of ours. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workflow } from '../src/contract/entities.js';
import {
  answers,
  celery,
  celeryMissing,
  type Flower,
  findCelery,
  runWithCelery,
  startCelery,
  startFlower,
} from './support/celery.js';
import { createWorkflow, getWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { type Cluster, startCluster } from './support/nodes.js';
import { example } from './support/program.js';
import { findRabbit, managementUrl, rabbitMissing, rabbitmqctl } from './support/rabbitmq.js';

const python = findCelery() ?? '';
const lacks = [
  ...(python === '' ? [celeryMissing] : []),
  ...((await findPostgres()) ? [] : [postgresMissing]),
  ...((await findRabbit()) ? [] : [rabbitMissing]),
];

const nodes = ['zincir@one', 'zincir@two'];
const steps = ['zincir.upload', 'zincir.preprocess', 'zincir.train'];
const queues = [...steps, 'zincir.custom'];
const calls = 'zincir.run_workflow';
const registered = [...queues, calls].sort();

/** It goes on until it is ended. */
const endless = (datasetId: number) => ({
  datasetId,
  config: { model: 'MLP', target: 'digit', params: { epochs: 100_000, random_state: 7 } },
});
const trainOf = ({ steps }: Workflow) => steps.find(({ name }) => name === 'train');
const isTraining = (workflow: Workflow) => trainOf(workflow)?.status === 'RUNNING' && workflow.epoch > 0;
const taskIdsOf = ({ steps }: Workflow) => steps.map(({ taskId }) => taskId ?? '');

describe.skipIf(lacks.length > 0)(`Celery's tools${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  let cluster: Cluster;
  let url: string;
  let digits: number;
  let iris: number;
  /** With both named, unless one is: Celery waits for no others then. */
  const ask = (kind: string, ...args: string[]) => {
    const whom = args.includes('-d') ? [] : ['-d', nodes.join(',')];
    return answers(python, cluster.brokerUrl, kind, ...whom, ...args);
  };
  const short = () => createWorkflow(url, { datasetId: iris, config: { model: 'LR', target: 'species' } });
  const both = (value: unknown) => Object.fromEntries(nodes.map((node) => [node, value]));

  beforeAll(async () => {
    cluster = await startCluster();
    url = cluster.server.url;
    for (const node of nodes) await cluster.worker(node);
    digits = (await upload(url, example('digits.csv'))).id;
    iris = (await upload(url, example('iris.csv'))).id;
  }, 120_000);
  afterAll(() => cluster?.close());

  test('`celery status` sees both workers', async () => {
    const { code, stdout } = await celery(python, cluster.brokerUrl, 'status', '--timeout', '5');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual([
      '',
      '->  zincir@one: OK',
      '->  zincir@two: OK',
      '2 nodes online.',
    ]);
  });

  test('`celery inspect` shows what each worker is, takes and does', async () => {
    expect(await ask('inspect', 'ping')).toEqual(both({ ok: 'pong' }));
    expect(await ask('inspect', 'registered')).toEqual(both(registered));
    expect(await ask('inspect', 'reserved')).toEqual(both([]));
    expect(await ask('inspect', 'scheduled')).toEqual(both([]));
    const activeQueues = await ask('inspect', 'active_queues');
    for (const node of nodes) {
      expect(Object(activeQueues[node]).slice(0, -1)).toMatchObject(
        queues.map((name) => ({
          name,
          routing_key: name,
          durable: true,
          queue_arguments: { 'x-queue-type': 'quorum' },
        })),
      );
    }
    const stats = await ask('inspect', 'stats');
    expect(stats).toMatchObject({
      'zincir@one': { total: {}, pool: { 'max-concurrency': 1 }, prefetch_count: 1, broker: { transport: 'amqp' } },
      'zincir@two': { pid: expect.any(Number), rusage: { maxrss: expect.any(Number) }, uptime: expect.any(Number) },
    });
    const conf = await ask('inspect', 'conf');
    expect(conf).toMatchObject(both({ worker_concurrency: 1, task_acks_late: true, zincir_lease_seconds: 30 }));
    expect(JSON.stringify(conf)).not.toContain('guest:guest');
    expect(await ask('inspect', 'report')).toMatchObject(both({ ok: expect.stringContaining('software -> zincir:') }));
    expect(await ask('inspect', 'clock')).toMatchObject(both({ clock: expect.any(Number) }));
  }, 60_000);

  test('`celery events` tells of each task from the sending to the end, and of the heartbeats', async () => {
    const dump = startCelery(python, cluster.brokerUrl, ['events', '--dump']);
    await dump.says('starting capture');
    await dump.says('heartbeat');
    const workflow = await waitFor(url, (await short()).id, hasEnded);
    const [, , train = ''] = taskIdsOf(workflow);
    await dump.says(`task succeeded: zincir.train(${train})`);
    await dump.stop();
    const lines = dump.output().split('\n');
    for (const id of taskIdsOf(workflow)) {
      const told = lines.filter((line) => line.includes(id)).map((line) => /\] task (\w+):/.exec(line)?.[1]);
      expect(told.toSorted()).toEqual(['received', 'sent', 'started', 'succeeded']);
    }
    const line = (event: string) => lines.find((text) => text.includes(`task ${event}: zincir.train(${train})`)) ?? '';
    const stepId = workflow.steps[2]?.id;
    expect(line('sent')).toContain(`args=(${stepId},) kwargs={'workflowId': ${workflow.id}}`);
    expect(line('sent')).toContain('queue=zincir.train');
    expect(line('succeeded')).toContain(`${trainOf(workflow)?.worker} [`);
    expect(line('succeeded')).toMatch(/result=\{'.+runtime=\d+\.\d+/);
    const heartbeat = lines.find((text) => text.includes('heartbeat:')) ?? '';
    expect(heartbeat).toMatch(/active=0, clock=\d+, freq=5, loadavg=\[.+\], .*processed=\d+, sw_ident=zincir/);
  }, 60_000);

  test('a failure is told as Celery tells an exception', async () => {
    const dump = startCelery(python, cluster.brokerUrl, ['events', '--dump']);
    await dump.says('starting capture');
    // A rate beyond all bounds: the training diverges.
    const params = { learning_rate: 1e300, epochs: 5 };
    const { id } = await createWorkflow(url, { datasetId: digits, config: { model: 'MLP', target: 'digit', params } });
    const failed = await waitFor(url, id, hasEnded);
    expect(failed.status).toBe('FAILED');
    await dump.says('task failed: ');
    await dump.stop();
    expect(dump.output()).toMatch(
      new RegExp(`task failed: zincir.train\\(${trainOf(failed)?.taskId}\\).* exception=${failed.error?.code}\\('`),
    );
  }, 60_000);

  test('`celery control` changes the slots, and says no where there is nothing to change', async () => {
    const slots = async () => {
      const stats = await ask('inspect', 'stats');
      return nodes.map((node) => Object(stats[node]).pool['max-concurrency']);
    };
    expect(await ask('control', '-d', 'zincir@one', 'pool_grow', '2')).toEqual({
      'zincir@one': { ok: 'pool will grow' },
    });
    expect(await slots()).toEqual([3, 1]);
    expect(await ask('control', '-d', 'zincir@one', 'pool_shrink', '2')).toEqual({
      'zincir@one': { ok: 'pool will shrink' },
    });
    expect(await slots()).toEqual([1, 1]);
    expect(await ask('control', 'pool_shrink', '1')).toEqual(
      both({ error: 'the pool has one slot, which is the least' }),
    );
    for (const refused of [
      ['rate_limit', 'zincir.train', '1/m'],
      ['time_limit', 'zincir.train', '1'],
      ['autoscale', '3', '1'],
    ]) {
      expect(await ask('control', ...refused)).toEqual(both({ error: expect.any(String) }));
    }
    expect(await ask('control', 'disable_events')).toEqual(both({ ok: 'task events disabled' }));
    expect(await ask('control', 'enable_events')).toEqual(both({ ok: 'task events enabled' }));
  }, 60_000);

  test('`celery control add_consumer` and `cancel_consumer` change the queues of a worker while it runs', async () => {
    const one = ['-d', 'zincir@one'];
    const taken = async () => {
      const { 'zincir@one': found } = await ask('inspect', ...one, 'active_queues');
      return Array.isArray(found) ? found.map((queue) => Object(queue).name) : found;
    };
    const shown = async () => (await (await fetch(`${url}/api/workers/zincir@one`)).json()).queues;
    const others = queues.filter((name) => name !== 'zincir.train');
    for (const node of nodes) {
      expect(await ask('control', '-d', node, 'cancel_consumer', 'zincir.train')).toEqual({
        [node]: { ok: 'no longer consuming from zincir.train' },
      });
    }
    expect(await taken()).toEqual([...others, calls]);
    await expect.poll(shown, { timeout: 10_000 }).toEqual(others);
    // Nobody takes the training, and whoever takes the queue up again does.
    const { id } = await short();
    const queued = (workflow: Workflow) => trainOf(workflow)?.status === 'QUEUED';
    await waitFor(url, id, queued);
    await sleep(2_000);
    expect(queued(await getWorkflow(url, id))).toBe(true);
    expect(await ask('control', ...one, 'add_consumer', 'zincir.train')).toEqual({
      'zincir@one': { ok: 'add consumer zincir.train' },
    });
    const done = await waitFor(url, id, hasEnded);
    expect([done.status, trainOf(done)?.worker]).toEqual(['COMPLETED', 'zincir@one']);
    expect(await taken()).toEqual([...queues, calls]);
    await expect.poll(shown, { timeout: 10_000 }).toEqual(queues);
    expect(await ask('control', 'add_consumer', 'zincir.train')).toEqual({
      'zincir@one': { ok: "already consuming from 'zincir.train'" },
      'zincir@two': { ok: 'add consumer zincir.train' },
    });
    for (const command of ['add_consumer', 'cancel_consumer']) {
      expect(await ask('control', ...one, command, 'celery')).toEqual({
        'zincir@one': { error: expect.stringContaining("there is no queue 'celery' of Zincir's") },
      });
    }
  }, 120_000);

  test('a command that Celery does not know is answered as Celery answers, and rubbish is passed over', async () => {
    await cluster.vhost.asStranger(async (stranger) => {
      const channel = await stranger.acquire();
      for (const body of ['rubbish', '{"method": 7}', '[]']) {
        await channel.basicPublish({ exchange: 'celery.pidbox' }, Buffer.from(body));
      }
      await channel.close();
    });
    const program = `
import json, os
from celery import Celery
app = Celery(broker=os.environ['BROKER_URL'])
ask = lambda name, **kw: app.control.broadcast(name, reply=True, timeout=5, limit=2, **kw)
print(json.dumps([ask('no_such_thing'), ask('pool_grow', arguments={'n': 'x'}), ask('ping', pattern='zincir@t*', matcher='glob')]))`;
    const [unknown, wrong, matched] = Object(await runWithCelery(python, cluster.brokerUrl, program));
    expect(Object.assign({}, ...unknown)).toEqual(both({ error: "KeyError('no_such_thing')" }));
    expect(Object.assign({}, ...wrong)).toEqual(both({ error: expect.stringContaining('TypeError(') }));
    expect(matched).toEqual([{ 'zincir@two': { ok: 'pong' } }]);
  }, 60_000);

  test('a clock beyond 32767 is read by Python, which takes a small number for a text', async () => {
    for (const clock of [200n, 40_000n]) {
      await cluster.vhost.asStranger(async (stranger) => {
        const channel = await stranger.acquire();
        const body = { method: 'ping', arguments: {}, destination: null, pattern: null, matcher: null };
        await channel.basicPublish({ exchange: 'celery.pidbox', headers: { clock, expires: 0n } }, body);
        await channel.close();
      });
      const clocks = await ask('inspect', 'clock');
      for (const node of nodes) expect(Object(clocks[node]).clock).toBeGreaterThan(Number(clock));
    }
    expect((await celery(python, cluster.brokerUrl, 'status')).stdout).toContain('2 nodes online');
  }, 60_000);

  test('`celery control revoke` takes a task out of its queue, and with --terminate ends one that runs', async () => {
    const running = await Promise.all(nodes.map(() => createWorkflow(url, endless(digits))));
    const training = await Promise.all(running.map(({ id }) => waitFor(url, id, isTraining)));
    const waiting = await short();
    const active = await ask('inspect', 'active');
    const ids = nodes.map((node) => Object(active[node])[0].id);
    expect(ids.toSorted()).toEqual(training.map((workflow) => trainOf(workflow)?.taskId).toSorted());
    expect(Object(active['zincir@one'])[0]).toMatchObject({
      name: 'zincir.train',
      hostname: 'zincir@one',
      acknowledged: false,
      worker_pid: expect.any(Number),
    });

    const [waitingId = ''] = taskIdsOf(await getWorkflow(url, waiting.id));
    expect(await ask('control', 'revoke', waitingId)).toEqual(
      both({ ok: `tasks {'${waitingId}'} flagged as revoked` }),
    );
    expect((await waitFor(url, waiting.id, hasEnded, 5_000)).status).toBe('CANCELLED');
    expect(await ask('inspect', 'revoked')).toEqual(both([waitingId]));

    // Without terminate, what runs is left alone.
    await ask('control', 'revoke', String(ids[0]));
    expect((await getWorkflow(url, training[0]?.id ?? 0)).status).toBe('RUNNING');
    const told = await ask('control', 'terminate', 'TERM', ...ids.map(String));
    expect(nodes.map((node) => told[node])).toEqual(ids.map((id) => ({ ok: `terminate: ${id}` })));
    for (const { id } of running) expect((await waitFor(url, id, hasEnded, 5_000)).status).toBe('CANCELLED');
    await expect.poll(() => ask('inspect', 'active'), { timeout: 20_000 }).toEqual(both([]));
  }, 120_000);

  test('remote control comes back after the connections were cut', async () => {
    await rabbitmqctl('close_all_connections', '--vhost', cluster.vhost.name, 'a test');
    await expect
      .poll(async () => (await celery(python, cluster.brokerUrl, 'status', '--timeout', '2')).stdout, {
        timeout: 30_000,
      })
      .toContain('2 nodes online');
    expect((await waitFor(url, (await short()).id, hasEnded)).status).toBe('COMPLETED');
  }, 90_000);

  describe('Flower', () => {
    let flower: Flower;
    beforeAll(async () => {
      flower = await startFlower(python, cluster.brokerUrl, managementUrl);
    }, 60_000);
    afterAll(() => flower?.stop());
    const workers = async () => JSON.parse(await flower.get('/api/workers?refresh=1'));
    const listed = async () => JSON.parse(await flower.get('/workers?json=1')).data;

    test('shows both workers, online, and what they are made of', async () => {
      await expect.poll(async () => Object.keys(await workers()).sort(), { timeout: 20_000 }).toEqual(nodes);
      expect(await workers()).toMatchObject(
        both({ registered, stats: { pool: { 'max-concurrency': 1 } }, conf: { timezone: 'UTC' } }),
      );
      await expect
        .poll(async () => (await listed()).map((row: object) => Object(row).status), { timeout: 20_000 })
        .toEqual([true, true]);
      const page = await flower.get('/worker/zincir@one');
      for (const part of ['zincir@one', 'zincir.preprocess', 'quorum', 'max-concurrency', 'worker_concurrency'])
        expect(page.toLowerCase().replaceAll(' ', '-').replaceAll('_', '-')).toContain(part.replaceAll('_', '-'));
      for (const node of nodes) expect(await flower.get('/workers')).toContain(node);
    }, 60_000);

    test('shows every task with arguments, result and runtime, and the queues', async () => {
      const workflow = await waitFor(url, (await short()).id, hasEnded);
      const train = trainOf(workflow);
      const info = async () => JSON.parse(await flower.get(`/api/task/info/${train?.taskId}`));
      await expect.poll(async () => (await info().catch(() => null))?.state, { timeout: 20_000 }).toBe('SUCCESS');
      expect(await info()).toMatchObject({
        name: 'zincir.train',
        worker: train?.worker,
        args: `(${train?.id},)`,
        kwargs: `{'workflowId': ${workflow.id}}`,
        retries: 0,
        routing_key: 'zincir.train',
        runtime: expect.any(Number),
        result: expect.stringMatching(/^\{'/),
      });
      const tasks = JSON.parse(await flower.get('/api/tasks'));
      for (const id of taskIdsOf(workflow)) expect(tasks[id]).toMatchObject({ state: 'SUCCESS' });
      expect(JSON.parse(await flower.get('/api/task/types'))).toMatchObject({ 'task-types': [...steps].sort() });
      expect(await flower.get(`/task/${train?.taskId}`)).toContain('SUCCESS');
      expect(await flower.get('/tasks')).toContain('<html');
      const broker = await flower.get('/broker');
      for (const queue of queues) expect(broker).toContain(queue);
      expect(JSON.parse(await flower.get('/api/queues/length')).active_queues).toHaveLength(5);
    }, 60_000);

    test('steers them: slots, a running task, the end of a worker', async () => {
      expect(JSON.parse(await flower.post('/api/worker/pool/grow/zincir@one?n=2'))).toEqual({
        message: "Growing 'zincir@one' worker's pool by 2",
      });
      const slots = async () => (await workers())['zincir@one'].stats.pool['max-concurrency'];
      await expect.poll(slots, { timeout: 20_000 }).toBe(3);
      await flower.post('/api/worker/pool/shrink/zincir@one?n=2');
      await expect.poll(slots, { timeout: 20_000 }).toBe(1);
      await expect(flower.post('/api/worker/pool/autoscale/zincir@one?min=1&max=3')).rejects.toThrow(
        'Autoscale not enabled',
      );

      const queue = '/api/worker/queue';
      expect(JSON.parse(await flower.post(`${queue}/cancel-consumer/zincir@one?queue=zincir.custom`))).toEqual({
        message: 'no longer consuming from zincir.custom',
      });
      expect(JSON.parse(await flower.post(`${queue}/add-consumer/zincir@one?queue=zincir.custom`))).toEqual({
        message: 'add consumer zincir.custom',
      });

      const { id } = await createWorkflow(url, endless(digits));
      const task = trainOf(await waitFor(url, id, isTraining));
      await flower.post(`/api/task/revoke/${task?.taskId}?terminate=true`);
      expect((await waitFor(url, id, hasEnded, 5_000)).status).toBe('CANCELLED');
      const state = async () => JSON.parse(await flower.get(`/api/task/info/${task?.taskId}`)).state;
      await expect.poll(state, { timeout: 20_000 }).toBe('REVOKED');

      expect(JSON.parse(await flower.post('/api/worker/shutdown/zincir@two'))).toEqual({ message: 'Shutting down!' });
      expect(await cluster.workers[1]?.ended).toMatchObject({ code: 0 });
      await expect
        .poll(async () => (await listed()).filter((row: object) => Object(row).status).length, { timeout: 20_000 })
        .toBe(1);
    }, 120_000);
  });

  test('`celery control shutdown` ends a worker in good order', async () => {
    expect(await ask('control', '-d', 'zincir@one', 'shutdown')).toEqual({ 'zincir@one': null });
    expect(await cluster.workers[0]?.ended).toMatchObject({ code: 0 });
    expect((await celery(python, cluster.brokerUrl, 'status')).stderr).toContain('No nodes replied');
  }, 60_000);
});
