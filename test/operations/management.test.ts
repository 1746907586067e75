/** RabbitMQ's management API when it is away, slow, locked, or something else altogether. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { QueueDetails, QueueOverview } from '../../src/contract/operations.js';
import { queueNames } from '../../src/contract/tasks.js';
import { createChain } from '../conformance/chain.js';
import { cluster, type OperationsServer } from '../support/operations.js';
import { managementUrl } from '../support/rabbitmq.js';

const secret = 'T0p-Secret';

interface Impostor {
  url: string;
  /** Headers of the requests that came. */
  asked: Record<string, string | string[] | undefined>[];
  server: Server;
}

async function impostor(answer: RequestListener): Promise<Impostor> {
  const asked: Impostor['asked'] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // It listens on a port.
  return { url: `http://127.0.0.1:${port}`, asked, server };
}

const lack = cluster.missing === null ? '' : `: ${cluster.missing}`;
describe.skipIf(cluster.missing !== null)(`the management API${lack}`, () => {
  let first: OperationsServer;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    first = await cluster.open();
    // What the database knows: one that waits, one that runs, and a worker.
    await createChain(first.store, {}, new Date(Date.now() - 10_000));
    const running = await createChain(first.store, {}, new Date());
    const step = (await first.store.findWorkflow(running))?.steps[0];
    await first.store.claimStep(step?.id ?? 0, 'zincir@there-1', 30_000, new Date());
  });
  beforeEach(async () => {
    const worker = { name: 'zincir@there-1', instance: 'one', host: 'there', pid: 1, concurrency: 2, version: '0.0.0' };
    await first.store.registerWorker({ ...worker, queues: ['zincir.upload', 'zincir.train'] }, 20_000);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  afterAll(() => first?.close());

  const beside = async (url: string) => {
    const server = await first.another({ managementUrl: url });
    opened.push(server);
    return server;
  };
  const fake = async (answer: RequestListener) => {
    const one = await impostor(answer);
    opened.push({
      async close() {
        one.server.closeAllConnections();
        one.server.close();
      },
    });
    return one;
  };
  const withPassword = (url: string) => url.replace('://', `://observer:${secret}@`);
  /** The answer, how long it took, and whether the password is in it. */
  const overview = async (server: OperationsServer) => {
    const began = performance.now();
    const found = await server.read(QueueOverview, '/api/queue');
    return { ...found, tookMs: performance.now() - began, told: JSON.stringify(found).includes(secret) };
  };

  const expectDatabase = (found: QueueOverview) => {
    const { source, sampledAt, sampleAgeMs, queues, broker } = found;
    expect({ source, sampledAt, sampleAgeMs }).toEqual({ source: 'database', sampledAt: null, sampleAgeMs: null });
    // The broker itself is well.
    expect(broker).toMatchObject({ kind: 'rabbitmq', ok: true });
    const unknown = { dead: false, state: 'unknown', publishRate: null, ackRate: null, warnings: [] };
    const idle = { ready: 0, unacked: 0, consumers: 0, oldestWaitMs: null, ...unknown };
    const known = new Map<string, object>([
      ['zincir.upload', { ready: 1, unacked: 1, consumers: 1, oldestWaitMs: expect.any(Number) }],
      ['zincir.train', { consumers: 1 }],
      ['zincir.dead', { dead: true }],
    ]);
    const names = [...queueNames, 'zincir.dead'];
    expect(queues).toEqual(names.map((name) => ({ name, ...idle, ...known.get(name) })));
  };

  test('a wrong password is told without it, and the page shows what the database knows', async () => {
    const { host } = new URL(managementUrl);
    const found = await overview(await beside(`http://observer:${secret}@${host}`));
    expectDatabase(found);
    expect(found.warnings).toEqual([
      {
        code: 'MANAGEMENT_REFUSES',
        params: { url: `http://${host}`, detail: 'HTTP 401' },
        message: `RabbitMQ's management API at http://${host} refuses our user (HTTP 401). The figures are the database's.`,
        hint: 'Give the user the tag `monitoring`, or put another user and password into ZINCIR_RABBITMQ_API_URL.',
      },
    ]);
    expect(found.told).toBe(false);
  });

  test('one that nobody listens at is told at once', async () => {
    const { url, server } = await impostor(() => {});
    server.close();
    await once(server, 'close');
    const found = await overview(await beside(url));
    expectDatabase(found);
    expect(found.warnings).toMatchObject([
      {
        code: 'MANAGEMENT_UNREACHABLE',
        params: { url, detail: expect.stringContaining('ECONNREFUSED') },
      },
    ]);
    expect(found.tookMs).toBeLessThan(2_000);
  });

  test('one that takes half a minute costs two seconds once, and all who watch meanwhile one request', async () => {
    const slow = await fake((_, response) => void setTimeout(() => response.end('{}'), 30_000).unref());
    const server = await beside(withPassword(slow.url));
    const found = await Promise.all(Array.from({ length: 50 }, () => overview(server)));
    for (const one of found) expect(one.tookMs).toBeLessThan(5_000);
    expect(found[0]?.warnings).toMatchObject([{ code: 'MANAGEMENT_SLOW', params: { url: slow.url, seconds: 2 } }]);
    expect(found.some(({ told }) => told)).toBe(false);
    expectDatabase(await server.read(QueueOverview, '/api/queue'));
    expect((await overview(server)).tookMs).toBeLessThan(1_000);
    // One for the queues, one for the alarms.
    expect(slow.asked).toHaveLength(2);
  });

  test('one that sends a byte a second is given up too', async () => {
    const dripping = await fake((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 1_000);
      request.on('close', () => clearInterval(drip));
      response.on('close', () => clearInterval(drip));
    });
    const found = await overview(await beside(dripping.url));
    expect(found.warnings).toMatchObject([{ code: 'MANAGEMENT_SLOW' }]);
    expect(found.tookMs).toBeLessThan(4_000);
  });

  const answers = (status: number, body: string): RequestListener => {
    return (_, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
  test.each([
    ['no JSON', answers(200, '<html>welcome</html>'), 'no answer of a management API'],
    ['another JSON', answers(200, '{"items":[{"name":7}]}'), 'no answer of a management API'],
    ['nothing', answers(200, ''), 'no answer of a management API'],
    ['an error', answers(500, '{}'), 'HTTP 500'],
    ['far too much', answers(200, `[${'"x",'.repeat(2 << 20)}""]`), 'more than 4194304 bytes'],
  ])('one that answers %s is not believed', async (_, answer, detail) => {
    const rubbish = await fake(answer);
    const found = await overview(await beside(withPassword(rubbish.url)));
    expectDatabase(found);
    expect(found.warnings).toMatchObject([{ code: 'MANAGEMENT_RUBBISH', params: { url: rubbish.url, detail } }]);
    expect(found.told).toBe(false);
  });

  test('a password does not follow a redirect', async () => {
    const target = await fake(answers(200, '{"items":[]}'));
    const redirecting = await fake((_, response) => void response.writeHead(302, { location: target.url }).end());
    const found = await overview(await beside(withPassword(redirecting.url)));
    expect(found.warnings).toMatchObject([{ code: 'MANAGEMENT_RUBBISH', params: { detail: 'HTTP 302' } }]);
    expect(redirecting.asked[0]?.authorization).toBe(`Basic ${btoa(`observer:${secret}`)}`);
    expect(target.asked).toEqual([]);
  });

  test('one queue is shown, purged and moved without it', async () => {
    const server = await beside('http://127.0.0.1:1');
    const found = await server.read(QueueDetails, '/api/queue/zincir.upload');
    expect(found).toMatchObject({ source: 'database', ready: 1, consumersOf: [], arguments: {}, policy: null });
    expect(found.next).toHaveLength(1);
    expect((await server.send('/api/queue/zincir.upload/purge', { confirm: 'zincir.upload' })).status).toBe(200);
    expect((await server.send('/api/queue/zincir.dead/move', { confirm: 'zincir.dead' })).status).toBe(200);
    const dead = await server.read(QueueDetails, '/api/queue/zincir.dead');
    expect(dead).toMatchObject({ source: 'database', dead: true, deadLetters: [] });
  });

  test('while all is well a hundred watchers cost it one look', async () => {
    let asked = 0;
    const proxy = await fake(async (request, response) => {
      asked++;
      const { origin } = new URL(managementUrl);
      const headers = { authorization: String(request.headers.authorization) };
      const real = await fetch(`${origin}${request.url}`, { headers });
      response.writeHead(real.status).end(await real.text());
    });
    const server = await beside(proxy.url);
    const found = await Promise.all(Array.from({ length: 100 }, () => overview(server)));
    expect(found.every(({ source, warnings }) => source === 'broker' && warnings.length === 0)).toBe(true);
    expect(asked).toBe(2);
  });
});
