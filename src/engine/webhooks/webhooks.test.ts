import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { at, claimNext, createChain, fenceOf, runToEnd } from '../../../test/conformance/chain.js';
import { createEngineBench, type EngineBench } from '../../../test/support/engine.js';
import { WebhookEvent, webhookEventTypes } from '../../contract/webhooks.js';
import { createWebhookCaller } from '../../main/webhook-caller.js';
import { own } from '../metrics/catalogue.js';
import { Counter } from '../metrics/instruments.js';
import type { Beat, NewWorker } from '../ports.js';
import { deliverTo, pausesMs } from './deliver.js';
import { noticeEvents } from './notice.js';

const secret = 'a secret of some length';

interface Call {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

let bench: EngineBench;
let now = at(0);
let calls: Call[];
/** What the target answers next; 204 when there is nothing. */
let answers: number[];
let url: string;
let close: () => void;

beforeEach(async () => {
  bench = await createEngineBench();
  calls = [];
  answers = [];
  now = at(0);
  const target = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      calls.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const address = target.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  close = () => void target.close();
});
afterEach(async () => {
  close();
  await bench.close();
});

const clock = { now: () => now };
const notice = (urls = [url]) =>
  noticeEvents({ store: bench.store, clock, urls, events: webhookEventTypes, silentAfterMs: 0 });
const counter = () => new Counter(own.webhookCalls);
const deliver = (target = url) =>
  deliverTo(
    {
      store: bench.store,
      clock,
      caller: createWebhookCaller({ allowPrivate: true }),
      secret,
      version: '1.2.3',
      calls: counter(),
    },
    target,
  );
const eventsOf = () => calls.map(({ body }) => WebhookEvent.parse(JSON.parse(body)));

async function failingWorkflow(): Promise<number> {
  const id = await createChain(bench.store, {}, now);
  const claimed = await claimNext(bench.store, id, now);
  const error = { code: 'TARGET_CONSTANT' as const, params: { target: 'species', value: 'x' } };
  await bench.store.failStep(fenceOf(claimed), error, null, at(5_000));
  return id;
}

describe('an event', () => {
  test('of a workflow that ends is told to each address once, whoever notices it and however often', async () => {
    await notice();
    const completed = await createChain(bench.store, {}, now);
    await runToEnd(bench.store, completed, now);
    const failed = await failingWorkflow();
    const other = `${url}other`;
    await Promise.all([notice([url, other]), notice([url, other]), notice([url, other])]);
    await notice([url, other]);
    for (let round = 0; round < 3; round++) await Promise.all([deliver(), deliver(other), deliver()]);
    const told = eventsOf().map((event) => [event.type, 'workflow' in event ? event.workflow.id : null]);
    expect(told.sort()).toEqual([
      ['workflow.completed', completed],
      ['workflow.completed', completed],
      ['workflow.failed', failed],
      ['workflow.failed', failed],
    ]);
    expect(new Set(eventsOf().map(({ id }) => id)).size).toBe(2);
  });

  test('says what happened, as the event left it, in the words of the catalogue', async () => {
    await notice();
    const id = await failingWorkflow();
    await bench.engine.workflows.retry(id);
    await notice();
    await deliver();
    expect(eventsOf()).toMatchObject([
      {
        type: 'workflow.failed',
        at: at(5_000).toISOString(),
        step: 'upload',
        workflow: { id, status: 'FAILED', model: 'LR', completedAt: at(5_000).toISOString() },
        error: { code: 'TARGET_CONSTANT', params: { target: 'species', value: 'x' } },
      },
    ]);
    const [event] = eventsOf();
    expect(event?.type === 'workflow.failed' && event.error.message).toContain('species');
  });

  test('of a worker that is not heard of is told once a loss, and not of one that signs off', async () => {
    const worker = (name: string): NewWorker => ({
      name,
      instance: `${name} instance`,
      host: 'one',
      pid: 7,
      queues: ['zincir.train'],
      concurrency: 2,
      version: '1.2.3',
    });
    const beat = (name: string): Beat => ({
      name,
      instance: `${name} instance`,
      queues: ['zincir.train'],
      active: 1,
      slots: 2,
      draining: false,
      processed: 0,
      failed: 0,
      retried: 0,
      load: null,
      memoryBytes: null,
      childrenBytes: null,
      clockDriftMs: null,
    });
    for (const name of ['lost@one', 'left@one']) await bench.store.registerWorker(worker(name), 60_000);
    await bench.store.heartbeatWorker(beat('lost@one'));
    await bench.store.removeWorker('left@one', 'left@one instance');
    expect([await notice(), await notice(), await notice()]).toEqual([1, 0, 0]);
    await bench.store.heartbeatWorker(beat('lost@one'));
    expect(await notice()).toBe(1);
    await deliver();
    expect(eventsOf()).toMatchObject([
      { type: 'worker.lost', worker: { name: 'lost@one', host: 'one', pid: 7, version: '1.2.3', active: 1 } },
      { type: 'worker.lost', worker: { name: 'lost@one' } },
    ]);
  });

  test('of a time when nobody was called is not told later', async () => {
    await notice();
    await failingWorkflow();
    now = new Date(at(5_000).getTime() + 25 * 3600 * 1000);
    expect(await notice()).toBe(0);
  });

  test('is not forgotten by a process that dies between noticing and calling, nor in the middle of a call', async () => {
    await notice();
    await failingWorkflow();
    await notice();
    // Taken by a process that never comes back.
    expect(await bench.store.takeDeliveries(url, 9, at(65_000), at(5_000))).toHaveLength(1);
    now = at(6_000);
    await deliver();
    expect(calls).toEqual([]);
    now = at(65_000);
    await deliver();
    expect(eventsOf()).toHaveLength(1);
  });
});

describe('a call', () => {
  test('is signed over its time and its body, and names event, delivery and program', async () => {
    await notice();
    await failingWorkflow();
    await notice();
    now = at(7_900);
    await deliver();
    const [call] = calls;
    const seconds = Math.floor(at(7_900).getTime() / 1000);
    const expected = createHmac('sha256', secret).update(`${seconds}.${call?.body}`).digest('hex');
    expect(call?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'zincir/1.2.3',
      'zincir-event': 'workflow.failed',
      'zincir-signature': `t=${seconds},v1=${expected}`,
    });
    const { items } = await bench.engine.webhooks.list({ limit: 10 });
    expect(items).toMatchObject([
      { id: Number(call?.headers['zincir-delivery']), status: 'delivered', attempts: 1, lastStatus: 204, dueAt: null },
    ]);
  });

  test('that fails is made again with growing pauses for about a day, then given up and shown', async () => {
    await notice();
    await failingWorkflow();
    await notice();
    const day = 24 * 3600 * 1000;
    const total = pausesMs.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeGreaterThan(day);
    expect(total).toBeLessThan(1.1 * day);
    answers = [...Array<number>(pausesMs.length).fill(500), 302];
    for (const pauseMs of pausesMs) {
      const made = calls.length + 1;
      await deliver();
      expect(calls).toHaveLength(made);
      now = new Date(now.getTime() + pauseMs - 1);
      await deliver();
      expect(calls).toHaveLength(made);
      now = new Date(now.getTime() + 1);
    }
    await deliver();
    now = new Date(now.getTime() + 10 * day);
    await deliver();
    expect(calls).toHaveLength(pausesMs.length + 1);
    expect(new Set(eventsOf().map(({ id }) => id)).size).toBe(1);
    const { items } = await bench.engine.webhooks.list({ status: 'given_up', limit: 10 });
    expect(items).toMatchObject([
      {
        event: 'workflow.failed',
        url: new URL(url).origin,
        status: 'given_up',
        attempts: pausesMs.length + 1,
        lastStatus: 302,
        lastError: 'it redirects, which is not followed',
      },
    ]);
  });

  test('to an address that is away holds up no call to another', async () => {
    await notice();
    const away = 'http://127.0.0.1:1/';
    await failingWorkflow();
    await notice([away, url]);
    await Promise.all([deliver(away), deliver(url)]);
    expect(calls).toHaveLength(1);
    const { items } = await bench.engine.webhooks.list({ limit: 10 });
    expect(items.map(({ status, lastError }) => [status, lastError?.includes('ECONNREFUSED') ?? null])).toEqual(
      expect.arrayContaining([
        ['delivered', null],
        ['pending', true],
      ]),
    );
  });
});

test('the list of deliveries has pages, the last one first', async () => {
  await notice();
  for (let made = 0; made < 3; made++) await failingWorkflow();
  await notice();
  const first = await bench.engine.webhooks.list({ limit: 2 });
  const second = await bench.engine.webhooks.list({ limit: 2, cursor: first.nextCursor ?? '' });
  const ids = [...first.items, ...second.items].map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  expect([first.items.length, second.items.length, second.nextCursor]).toEqual([2, 1, null]);
});
