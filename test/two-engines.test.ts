/** Two nodes on one PostgreSQL database, each with its own connections and its own broker: only the database is shared. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryBroker } from '../src/broker/memory.js';
import { queueNames, type TaskMessage } from '../src/contract/tasks.js';
import { openDatabase } from '../src/database/index.js';
import { createEngine, type EngineOptions } from '../src/engine/create-engine.js';
import type { Engine } from '../src/engine/engine.js';
import type { Broker, Store } from '../src/engine/ports.js';
import { createSniffer } from '../src/main/sniffer.js';
import { createFileStorage } from '../src/storage/filesystem.js';
import { claimNext, createChain, fenceOf, leaseMs, newDataset, newWorkflow, outputOf } from './conformance/chain.js';
import { createPostgresDatabase, findPostgres, postgresMissing, type TestDatabase } from './support/database.js';
import { later } from './support/later.js';
import { temporaryDirectory } from './support/program.js';

const clock = { now: () => new Date() };

interface TestNode {
  engine: Engine;
  store: Store;
  broker: Broker;
  published: TaskMessage[];
}

const reachable = await findPostgres();
describe.skipIf(!reachable)(`two engines on one database${reachable ? '' : `: ${postgresMissing}`}`, () => {
  let database: TestDatabase;
  let nodes: TestNode[];
  beforeEach(async () => {
    database = await createPostgresDatabase();
    nodes = [];
  });
  afterEach(async () => {
    for (const { engine, store, broker } of nodes) {
      await engine.stop();
      await store.close();
      await broker.close();
    }
    await database.drop();
  });

  const node = async (options: Partial<EngineOptions> = {}): Promise<TestNode> => {
    const store = await openDatabase(database.url);
    const memory = createMemoryBroker();
    const published: TaskMessage[] = [];
    const broker: Broker = {
      ...memory,
      async publish(message, rest) {
        published.push(message);
        await memory.publish(message, rest);
      },
    };
    const files = createFileStorage(temporaryDirectory());
    const limits = { relayPollMs: 50, leaseWatchMs: 50, admissionMs: 50, ...options.limits };
    const ports = { store, broker, files, sniffer: createSniffer(files), clock };
    const engine = createEngine({ ...ports, random: () => 0, ...options, limits });
    await engine.start();
    const made = { engine, store, broker, published };
    nodes.push(made);
    return made;
  };
  /** Does what comes, `together` steps of a queue at a time; every message is answered. */
  const work = async ({ store, broker }: TestNode, name: string, together = 4) => {
    for (const queue of queueNames) {
      await broker.consume(queue, together, async (delivery) => {
        const claimed = await store.claimStep(delivery.message.args[0], name, leaseMs, clock.now());
        const fence = claimed && { ...fenceOf(claimed), worker: name };
        if (fence && claimed) await store.completeStep(fence, outputOf(claimed), clock.now());
        await delivery.ack();
      });
    }
  };
  const statuses = async (ids: number[]) =>
    Promise.all(ids.map(async (id) => (await database.store.findWorkflow(id))?.status));
  const chains = async (count: number) => {
    const { record } = await database.store.insertDataset(newDataset(), clock.now());
    return Promise.all(
      Array.from({ length: count }, () => database.store.createWorkflow(newWorkflow(record.id), clock.now())),
    );
  };

  test('each message is published by one of the relays, and every step runs once', async () => {
    const both = [await node(), await node()];
    for (const [i, each] of both.entries()) await work(each, `worker-${i}`);
    const ids = await chains(40);
    await expect.poll(() => statuses(ids), { timeout: 20_000 }).toEqual(ids.map(() => 'COMPLETED'));
    const tasks = both.flatMap(({ published }) => published.map(({ id }) => id));
    expect(tasks).toHaveLength(3 * ids.length);
    expect(new Set(tasks).size).toBe(tasks.length);
    for (const id of ids) {
      expect((await database.store.findWorkflow(id))?.steps.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    }
  });

  test('a lease that passes is found by both and counted once, and the worker that comes back is fenced off', async () => {
    const both = [await node(), await node()];
    const [id = 0] = await chains(1);
    const lost = await claimNext(database.store, id, new Date(Date.now() - 2 * leaseMs), 'worker-gone');
    const one = async () => (await database.store.findWorkflow(id))?.steps[0];
    await expect.poll(async () => (await one())?.status).toBe('QUEUED');
    const back = { ...fenceOf(lost), worker: 'worker-gone' };
    expect(await database.store.renewLease(back, leaseMs, null, clock.now())).toBe('lost');
    expect(await database.store.appendMetrics(back, [])).toBe(false);
    expect(await database.store.completeStep(back, outputOf(lost), clock.now())).toBe(false);
    for (const [i, each] of both.entries()) await work(each, `worker-${i}`);
    await expect.poll(() => statuses([id]), { timeout: 10_000 }).toEqual(['COMPLETED']);
    expect((await one())?.attempt).toBe(2);
    const logs = await database.store.logsAfter(id, 0, 100);
    expect(logs.filter(({ code }) => code === 'workerLost')).toHaveLength(1);
  });

  test('a step whose message is gone with a node is found by the other', async () => {
    const gone = await node();
    const ids = await chains(3);
    await expect.poll(() => gone.published.length).toBe(3);
    await gone.engine.stop();
    const other = await node({ limits: { reconcileMs: 50, staleMessageMs: 200 } });
    await work(other, 'worker-1');
    await expect.poll(() => statuses(ids), { timeout: 10_000 }).toEqual(ids.map(() => 'COMPLETED'));
  });

  test('limits hold over all nodes, and what is held goes when there is room', async () => {
    const fairUse = { total: 3, perOwner: 2 };
    const both = [await node({ fairUse }), await node({ fairUse })];
    const { record } = await database.store.insertDataset(newDataset(), clock.now());
    const create = (owner: string, priority = 5) =>
      database.store.createWorkflow(newWorkflow(record.id, { owner, priority, held: true }), clock.now());
    const ada = [await create('ada'), await create('ada'), await create('ada'), await create('ada', 9)];
    const ben = [await create('ben'), await create('ben')];
    const running = async () => {
      const found = await Promise.all([...ada, ...ben].map((id) => database.store.findWorkflow(id)));
      return found
        .filter((workflow) => workflow?.status === 'RUNNING' && !workflow.held)
        .map((workflow) => workflow?.id);
    };
    await expect.poll(async () => (await running()).length).toBe(3);
    expect((await running()).filter((id) => id !== undefined && ada.includes(id)).length).toBeLessThanOrEqual(2);
    let most = 0;
    let over = false;
    const counting = later(
      (async () => {
        for (; !over; await sleep(10)) most = Math.max(most, (await running()).length);
      })(),
    );
    for (const [i, each] of both.entries()) await work(each, `worker-${i}`);
    await expect
      .poll(() => statuses([...ada, ...ben]), { timeout: 20_000 })
      .toEqual([...ada, ...ben].map(() => 'COMPLETED'));
    over = true;
    await counting;
    expect(most).toBeLessThanOrEqual(3);
  });

  test('each step that waits says why', async () => {
    const { engine, store } = await node({ fairUse: { total: 1, perOwner: null } });
    const why = async (id: number) => (await engine.workflows.steps(id, 'en')).map(({ waiting }) => waiting);
    const first = await createChain(store);
    expect(await why(first)).toEqual([{ reason: 'no_worker', queue: 'zincir.upload' }, null, null]);
    const now = clock.now();
    const worker = { name: 'worker-1', instance: 'one', host: 'here', pid: 1, concurrency: 1, version: '1' };
    await store.registerWorker({ ...worker, queues: ['zincir.upload'] }, 60_000);
    const urgent = await createChain(store, { priority: 9 }, now);
    expect(await why(urgent)).toMatchObject([{ reason: 'position', position: 1 }, null, null]);
    expect(await why(first)).toMatchObject([{ reason: 'position', position: 2, queue: 'zincir.upload' }, null, null]);
    const held = await createChain(store, { held: true }, now);
    expect(await why(held)).toEqual([{ reason: 'limit', position: 1 }, null, null]);
    const claimed = await claimNext(store, first, now);
    const retryAt = new Date(now.getTime() + 60_000);
    await store.requeueStep(fenceOf(claimed), { code: 'STORAGE_UNAVAILABLE', params: {} }, retryAt, true, now);
    expect(await why(first)).toEqual([{ reason: 'retry', retryAt: retryAt.toISOString() }, null, null]);
  });
});
