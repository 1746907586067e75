/** Queues as operators see and steer them, over HTTP, in both worlds. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../src/contract/api.js';
import { QueueDetails, QueueOverview, QueuePurged } from '../../src/contract/operations.js';
import { queueNames, type TaskMessage } from '../../src/contract/tasks.js';
import type { Delivery } from '../../src/engine/ports.js';
import { createChain } from '../conformance/chain.js';
import { later } from '../support/later.js';
import { cluster, embedded, type OperationsServer } from '../support/operations.js';

/** RabbitMQ counts every five seconds, and shows what it has counted a little later. */
const counted = { timeout: 25_000, interval: 300 };
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

for (const world of [embedded, cluster]) {
  const lack = world.missing === null ? '' : `: ${world.missing}`;
  describe.skipIf(world.missing !== null)(`queues, ${world.name}${lack}`, () => {
    let server: OperationsServer;
    beforeAll(async () => {
      server = await world.open({ limits: { reconcileMs: 200, staleMessageMs: 1_000 } });
    });
    afterAll(() => server?.close());

    const onlyRabbit = ['zincir.custom', 'zincir.run_workflow'];
    const steps = queueNames.filter((name) => !onlyRabbit.includes(name));
    const names = [...steps, ...(world === embedded ? [] : onlyRabbit), 'zincir.dead'];
    const overview = (language?: string) => server.read(QueueOverview, '/api/queue', language);
    const details = (name: string) => server.read(QueueDetails, `/api/queue/${name}`);
    const queue = async (name: string) => {
      const found = (await overview()).queues.find((one) => one.name === name);
      if (!found) throw new Error(`no queue ${name}`);
      return found;
    };
    const figures = async (name: string) => {
      const { ready, unacked, consumers } = await queue(name);
      return { ready, unacked, consumers };
    };
    const message = (name: TaskMessage['name']): TaskMessage => ({
      id: randomUUID(),
      name,
      args: [1_000_000],
      kwargs: { workflowId: 1_000_000 },
      retries: 0,
    });
    const empty = async (name: TaskMessage['name']) => {
      await server.send(`/api/queue/${name}/purge`, { confirm: name });
      await expect.poll(async () => (await details(name)).ready, counted).toBe(0);
    };
    /** As messages die that come back too often. */
    const kill = async (name: TaskMessage['name'], count: number): Promise<TaskMessage[]> => {
      const sent = Array.from({ length: count }, () => message(name));
      for (const one of sent) await server.broker.publish(one);
      const returns = new Map<string, number>();
      const again = (delivery: Delivery) => {
        const times = (returns.get(delivery.message.id) ?? 0) + 1;
        returns.set(delivery.message.id, times);
        void delivery.requeue();
      };
      const consumer = await server.broker.consume(name, 1, again);
      await expect
        .poll(async () => (await server.broker.queues.peekDead(50)).length, { timeout: 25_000 })
        .toBeGreaterThanOrEqual(count);
      await consumer.stop();
      return sent;
    };

    test('a queue in which nothing waits is shown without a warning, the dead letters last', async () => {
      await expect
        .poll(async () => (await overview()).queues.map(({ state }) => state), counted)
        .toEqual(names.map(() => 'running'));
      const { broker, source, sampleAgeMs, queues, warnings } = await overview();
      expect(broker).toMatchObject({ kind: world === embedded ? 'memory' : 'rabbitmq', ok: true });
      expect([source, warnings]).toEqual(['broker', []]);
      expect(sampleAgeMs).toBeGreaterThanOrEqual(0);
      expect(sampleAgeMs).toBeLessThan(10_000);
      const idle = {
        ready: 0,
        unacked: 0,
        state: 'running',
        publishRate: 0,
        ackRate: 0,
        oldestWaitMs: null,
        warnings: [],
      };
      expect(queues.map(({ consumers: _, ...rest }) => rest)).toEqual(
        names.map((name) => ({ name, dead: name === 'zincir.dead', ...idle })),
      );
    });

    test('messages that wait and messages that are out are counted, with what goes in and what is done a second', async () => {
      for (let i = 0; i < 5; i++) await server.broker.publish(message('zincir.train'));
      const deliveries: Delivery[] = [];
      const consumer = await server.broker.consume('zincir.train', 2, (delivery) => deliveries.push(delivery));
      await expect.poll(() => figures('zincir.train'), counted).toEqual({ ready: 3, unacked: 2, consumers: 1 });
      expect((await queue('zincir.train')).warnings).toEqual([]);
      const doing = later(
        (async () => {
          for (let i = 0; i < 60; i++) {
            await server.broker.publish(message('zincir.train'));
            await deliveries.shift()?.ack();
            await sleep(100);
          }
        })(),
      );
      await expect.poll(async () => (await queue('zincir.train')).publishRate, counted).toBeGreaterThan(1);
      await expect.poll(async () => (await queue('zincir.train')).ackRate, counted).toBeGreaterThan(1);
      await doing;
      await consumer.stop();
      await Promise.all(deliveries.map((delivery) => delivery.ack()));
      await empty('zincir.train');
    });

    test('the queue of custom steps is shown where they can run, and where one waits', async () => {
      const shown = async () => (await overview()).queues.some(({ name }) => name === 'zincir.custom');
      expect(await shown()).toBe(world !== embedded);
      await server.broker.publish(message('zincir.custom'));
      await expect.poll(shown, counted).toBe(true);
      await empty('zincir.custom');
    });

    test('messages without a consumer, and a task that waits for too long, are worth a warning', async () => {
      const id = await createChain(server.store, {}, ago(360));
      await server.broker.publish({ ...message('zincir.upload'), kwargs: { workflowId: id } });
      await expect.poll(() => figures('zincir.upload'), counted).toEqual({ ready: 1, unacked: 0, consumers: 0 });
      const { oldestWaitMs, warnings } = await queue('zincir.upload');
      const seconds = Math.round((oldestWaitMs ?? 0) / 1000);
      expect(seconds).toBeGreaterThanOrEqual(360);
      expect(seconds).toBeLessThan(420);
      expect(warnings).toEqual([
        {
          code: 'QUEUE_NO_CONSUMER',
          params: { queue: 'zincir.upload', ready: 1 },
          message: 'Nobody takes from zincir.upload: 1 message waits.',
          hint: 'Start a worker that takes this queue: `zincir worker`.',
        },
        {
          code: 'QUEUE_WAIT_LONG',
          params: { queue: 'zincir.upload', seconds, limit: 300 },
          message: `The first task of zincir.upload has waited for ${seconds} s, longer than 300 s.`,
          hint: 'Add workers or slots, or raise ZINCIR_QUEUE_WAIT_WARNING_SECONDS.',
        },
      ]);
      const turkish = (await overview('tr')).queues.find(({ name }) => name === 'zincir.upload');
      expect(turkish?.warnings[0]?.message).toBe('zincir.upload kuyruğunu tüketen yok: 1 ileti bekliyor.');
      await server.store.cancelWorkflow(id, new Date());
      await empty('zincir.upload');
    });

    test('messages wait without a warning while a worker that takes them is busy, and with one when it rests', async () => {
      const worker = { name: 'busy@host', instance: 'one', host: 'host', pid: 1, concurrency: 1, version: '1' };
      await server.store.registerWorker({ ...worker, queues: ['zincir.train'] }, 20_000);
      const beat = (draining: boolean) =>
        server.store.heartbeatWorker({
          queues: ['zincir.train'],
          ...{ name: worker.name, instance: worker.instance, active: 1, slots: 1, draining, processed: 0, failed: 0 },
          ...{ retried: 0, load: null, memoryBytes: 1, childrenBytes: 1, clockDriftMs: 0 },
        });
      const warned = async () => {
        await beat(false);
        const { ready, warnings } = await queue('zincir.train');
        return [ready, warnings.map(({ code }) => code)];
      };
      await beat(false);
      await server.broker.publish(message('zincir.train'));
      await expect.poll(warned, counted).toEqual([1, []]);
      expect((await details('zincir.train')).warnings).toEqual([]);
      const rests = async () => {
        await beat(true);
        return (await queue('zincir.train')).warnings.map(({ code }) => code);
      };
      await expect.poll(rests, counted).toEqual(['QUEUE_NO_CONSUMER']);
      await server.store.removeWorker(worker.name, worker.instance);
      await empty('zincir.train');
    });

    test('a step that is held back by a limit, or is tried again later, has not waited', async () => {
      const held = await createChain(server.store, { held: true }, ago(3_600));
      const known = (await overview()).queues.map(({ oldestWaitMs }) => oldestWaitMs);
      expect(known).toEqual(names.map(() => null));
      await server.store.cancelWorkflow(held, new Date());
    });

    test('a purge without the name of the queue is refused, and one with it brings no task to harm', async () => {
      const id = await createChain(server.store, {}, new Date());
      const [step] = (await server.store.findWorkflow(id))?.steps ?? [];
      await server.engine.start();
      await expect.poll(async () => (await queue('zincir.upload')).ready, counted).toBeGreaterThan(0);
      for (const body of [{ confirm: '' }, { confirm: 'zincir.train' }]) {
        const { status, body: refused } = await server.send('/api/queue/zincir.upload/purge', body);
        expect([status, Problem.parse(refused).code]).toEqual([400, 'QUEUE_NOT_CONFIRMED']);
      }
      expect((await server.send('/api/queue/zincir.upload/purge', {})).status).toBe(400);
      const purged = await server.send('/api/queue/zincir.upload/purge', { confirm: 'zincir.upload' });
      expect(QueuePurged.parse(purged.body)).toEqual({
        queue: 'zincir.upload',
        messages: expect.any(Number),
        message: expect.stringMatching(/^\d+ messages? removed from zincir\.upload\.$/),
        hint: 'Their tasks still wait in the database and get new messages within some minutes. To stop tasks, revoke them.',
      });
      const deliveries: Delivery[] = [];
      const consumer = await server.broker.consume('zincir.upload', 10, (delivery) => deliveries.push(delivery));
      const carried = () => deliveries.map(({ message: { args } }) => args[0]);
      await expect.poll(carried, { timeout: 25_000 }).toContain(step?.id);
      await consumer.stop();
      await Promise.all(deliveries.map((delivery) => delivery.ack()));
      await server.store.cancelWorkflow(id, new Date());
      await server.engine.stop();
      await empty('zincir.upload');
    });

    test('there is no queue of another name', async () => {
      for (const name of ['nonsense', 'zincir.nonsense', '..%2Fqueues']) {
        const response = await fetch(`${server.url}/api/queue/${name}`);
        expect([response.status, Problem.parse(await response.json()).code]).toEqual([404, 'QUEUE_NOT_FOUND']);
        const purged = await server.send(`/api/queue/${name}/purge`, { confirm: decodeURIComponent(name) });
        expect([purged.status, Problem.parse(purged.body).code]).toEqual([404, 'QUEUE_NOT_FOUND']);
      }
    });

    test('one queue is shown with its consumers, by the workers that they are, and the tasks that come next', async () => {
      const name = `zincir@${hostname()}-operations`;
      const instance = randomUUID();
      const worker = { name, instance, host: hostname(), pid: process.pid, concurrency: 1, version: '0.0.0' };
      await server.store.registerWorker({ ...worker, queues: ['zincir.upload'] }, 20_000);
      const ids = [
        await createChain(server.store, { name: 'early' }, ago(20)),
        await createChain(server.store, { name: 'late' }, ago(10)),
        await createChain(server.store, { name: 'important', priority: 9 }, ago(5)),
      ];
      const consumer = await server.broker.consume('zincir.upload', 3, () => {});
      await expect
        .poll(async () => (await details('zincir.upload')).consumersOf, counted)
        .toEqual([
          { worker: name, tag: expect.stringContaining('zincir-'), prefetch: 3, address: expect.toSatisfy(isPlace) },
        ]);
      const { next, arguments: given } = await details('zincir.upload');
      expect(next.map(({ workflow }) => workflow.name)).toEqual(['important', 'early', 'late']);
      expect(next.map(({ status, step }) => [status, step.name])).toEqual(next.map(() => ['PENDING', 'upload']));
      if (world === cluster) expect(given).toMatchObject({ 'x-queue-type': 'quorum', 'x-delivery-limit': 100 });
      await consumer.stop();
      for (const id of ids) await server.store.cancelWorkflow(id, new Date());
      await server.store.removeWorker(name, instance);
    });
    const isPlace = (address: unknown) => (world === embedded ? address === null : /:\d+$/.test(String(address)));

    test('dead letters are looked at without being lost or put out of order, and go back as they were', async () => {
      const sent = await kill('zincir.preprocess', 3);
      const seen = async () => (await server.broker.queues.peekDead(50)).map(({ taskId }) => taskId);
      const order = sent.map(({ id }) => id);
      for (let i = 0; i < 25; i++) expect(await seen()).toEqual(order);
      expect(await Promise.all([seen(), seen(), seen()])).toEqual([order, order, order]);
      const { deadLetters } = await details('zincir.dead');
      expect(deadLetters).toEqual(
        sent.map(({ id }) => ({
          taskId: id,
          name: 'zincir.preprocess',
          from: 'zincir.preprocess',
          reason: 'delivery_limit',
          at: expect.any(String),
          body: expect.stringContaining('1000000'),
        })),
      );
      await expect
        .poll(async () => (await queue('zincir.dead')).warnings, counted)
        .toEqual([
          expect.objectContaining({
            code: 'DEAD_LETTERS',
            message: 'zincir.dead holds 3 messages that no worker could take.',
          }),
        ]);
      const refused = await server.send('/api/queue/zincir.dead/move', { confirm: 'dead' });
      expect([refused.status, Problem.parse(refused.body).code]).toEqual([400, 'QUEUE_NOT_CONFIRMED']);
      const moved = await server.send('/api/queue/zincir.dead/move', { confirm: 'zincir.dead' });
      expect(moved).toMatchObject({ status: 200, body: { queue: 'zincir.dead', messages: 3 } });
      const back: Delivery[] = [];
      const consumer = await server.broker.consume('zincir.preprocess', 10, (delivery) => back.push(delivery));
      await expect.poll(() => back.map((delivery) => delivery.message), { timeout: 10_000 }).toEqual(sent);
      await consumer.stop();
      await Promise.all(back.map((delivery) => delivery.ack()));
      expect(await seen()).toEqual([]);
    });

    test('a purge of the dead letters leaves none', async () => {
      await kill('zincir.preprocess', 2);
      const purged = await server.send('/api/queue/zincir.dead/purge', { confirm: 'zincir.dead' });
      expect(purged).toMatchObject({ status: 200, body: { queue: 'zincir.dead', messages: 2 } });
      expect((await details('zincir.dead')).deadLetters).toEqual([]);
    });

    test('of servers that remember the figures at the same time, one does', async () => {
      const other = await server.another();
      try {
        await Promise.all([server, other, server, other].map(({ engine }) => engine.queues.sample()));
        const { history } = await details('zincir.train');
        const stretches = history.map(({ at }) => Date.parse(at) / 10_000);
        expect(stretches.every(Number.isInteger)).toBe(true);
        expect(new Set(stretches).size).toBe(stretches.length);
        expect(history.at(-1)).toMatchObject({ ready: 0, unacked: 0, oldestWaitMs: null });
      } finally {
        await other.close();
      }
    });

    test('the last tasks are shown with their workflows, and the last workflows with the progress of their steps', async () => {
      const id = await createChain(server.store, { name: 'the last' }, new Date());
      const step = (await server.store.findWorkflow(id))?.steps[0];
      const claimed = await server.store.claimStep(step?.id ?? 0, 'worker-9', 30_000, new Date());
      const progress = { done: 3, total: 7, unit: 'rows' } as const;
      await server.store.renewLease(
        { stepId: step?.id ?? 0, attempt: claimed?.input.attempt ?? 0 },
        30_000,
        progress,
        new Date(),
      );
      const { recentTasks, recentWorkflows } = await overview();
      expect(recentTasks.length).toBeLessThanOrEqual(9);
      expect(recentTasks[0]).toMatchObject({
        taskId: step?.taskId,
        name: 'zincir.upload',
        status: 'STARTED',
        step: { id: step?.id, name: 'upload' },
        workflow: { id, name: 'the last', status: 'RUNNING' },
        worker: 'worker-9',
        progress,
      });
      expect(recentWorkflows[0]).toMatchObject({ id, name: 'the last' });
      expect(recentWorkflows[0]?.steps).toEqual([
        { name: 'upload', status: 'RUNNING', progress },
        { name: 'preprocess', status: 'PENDING', progress: null },
        { name: 'train', status: 'PENDING', progress: null },
      ]);
      await server.store.cancelWorkflow(id, new Date());
    });
  });
}
