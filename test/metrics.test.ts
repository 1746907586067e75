/** `/metrics` as Prometheus reads it, and the files that are made for its names. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { own, shared } from '../src/engine/metrics/catalogue.js';
import { expose } from '../src/engine/metrics/exposition.js';
import { createProcessMetrics } from '../src/main/process-metrics.js';
import { createServer } from '../src/server/server.js';
import { claimNext, createChain, fenceOf, runToEnd } from './conformance/chain.js';
import { parseMetrics, parserMissing, type Scraped, sampleOf } from './support/prometheus.js';
import { startTestServer, type TestServer } from './support/server.js';

const families = [...Object.values(shared), ...Object.values(own)];

describe('the names', () => {
  test('follow the conventions: a unit at the end, _total on counters and on nothing else, no word of the format', () => {
    for (const { name, type } of families) {
      expect(name).toMatch(/^(zincir|process|nodejs)(_[a-z0-9]+)+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(/_(count|sum|bucket|created|info_total|ms|milliseconds|percent|kb|mb)$/);
      expect(name).not.toMatch(new RegExp(`_(${['gauge', 'counter', 'histogram', 'metric'].join('|')})(_|$)`));
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  });

  test('have a help of one line, labels that are no reserved ones, and bounds that grow', () => {
    for (const family of families) {
      expect(family.help).toMatch(/^[A-Z].*[.)]$/);
      for (const label of family.labels) expect(label).toMatch(/^(?!le$|quantile$|__)[a-z_]+$/);
      if (family.type === 'histogram') expect(family.bounds).toEqual([...family.bounds].sort((a, b) => a - b));
    }
  });
});

test.skipIf(parserMissing)(
  `the text is read by Prometheus' parser as it was meant, whatever the labels hold${parserMissing ? ` (${parserMissing})` : ''}`,
  () => {
    const odd = 'a "quoted" \\ back\nslash, and ğ€😀';
    const text = expose([
      { family: own.webhookCalls, series: [[[odd], 3]] },
      { family: own.eventLoopLag, series: [[[], 1.25e30]] },
      { family: own.resident, series: [] },
      {
        family: shared.stepWait,
        series: [[['train'], { counts: [1, 0, 2, ...Array<number>(9).fill(0), 4], sum: 1.5e-7 }]],
      },
    ]);
    const parsed = parseMetrics(text);
    expect(parsed.map(({ name, type }) => [name, type])).toEqual([
      ['zincir_webhook_calls', 'counter'],
      ['nodejs_eventloop_lag_seconds', 'gauge'],
      ['zincir_step_wait_seconds', 'histogram'],
    ]);
    expect(sampleOf(parsed, 'nodejs_eventloop_lag_seconds')).toBe(1.25e30);
    expect(sampleOf(parsed, 'zincir_webhook_calls_total', { outcome: odd })).toBe(3);
    expect(sampleOf(parsed, 'zincir_step_wait_seconds_bucket', { step: 'train', le: '0.05' })).toBe(1);
    expect(sampleOf(parsed, 'zincir_step_wait_seconds_bucket', { step: 'train', le: '0.1' })).toBe(3);
    expect(sampleOf(parsed, 'zincir_step_wait_seconds_bucket', { step: 'train', le: '+Inf' })).toBe(7);
    expect(sampleOf(parsed, 'zincir_step_wait_seconds_sum')).toBe(1.5e-7);
  },
);

describe.skipIf(parserMissing)(`a server${parserMissing ? ` (${parserMissing})` : ''}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ metrics: [createProcessMetrics('1.2.3')] });
    await server.engine.start();
    // What was written before anybody counted is not counted.
    await server.store.readLog('metrics');
  });
  afterAll(() => server.close());

  const scrape = async (url = server.url): Promise<Scraped> => {
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    return parseMetrics(await response.text());
  };

  test('shows what chains, workers and the process do', async () => {
    await runToEnd(server.store, await createChain(server.store, {}, new Date()), new Date());
    const failing = await createChain(server.store, {}, new Date());
    const claimed = await claimNext(server.store, failing, new Date());
    const error = { code: 'TARGET_CONSTANT' as const, params: {} };
    await server.store.failStep(fenceOf(claimed), error, null, new Date());
    await createChain(server.store, {}, new Date());
    const rates = { publishRate: null, ackRate: null, oldestWaitMs: null };
    await server.store.recordQueues([{ queue: 'zincir.test', ready: 3, unacked: 2, consumers: 1, ...rates }]);
    const counted = async () => sampleOf(await scrape(), 'zincir_workflows_ended_total', { outcome: 'failed' });
    await expect.poll(counted, { timeout: 20_000, interval: 500 }).toBe(1);

    const scraped = await scrape();
    const value = (name: string, labels?: Record<string, string>) => sampleOf(scraped, name, labels);
    expect(value('zincir_shared_up')).toBe(1);
    expect(value('zincir_workflows_ended_total', { outcome: 'completed' })).toBe(1);
    expect(value('zincir_step_duration_seconds_count', { step: 'train', outcome: 'completed' })).toBe(1);
    expect(value('zincir_step_failures_total', { step: 'upload', code: 'TARGET_CONSTANT' })).toBe(1);
    expect(value('zincir_steps_queued', { step: 'upload' })).toBe(1);
    expect(value('zincir_workflows', { status: 'RUNNING' })).toBe(1);
    expect(value('zincir_queue_messages_ready', { queue: 'zincir.test' })).toBe(3);
    expect(value('zincir_queue_messages_unacked', { queue: 'zincir.test' })).toBe(2);
    expect(value('zincir_queue_consumers', { queue: 'zincir.test' })).toBe(1);
    expect(value('zincir_queue_workers', { queue: 'zincir.test' })).toBe(0);
    expect(value('zincir_queue_sample_age_seconds', { queue: 'zincir.test' })).toBeLessThan(60);
    expect(value('zincir_workers', { status: 'online' })).toBe(0);
    expect(value('zincir_build_info', { version: '1.2.3' })).toBe(1);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(value('process_start_time_seconds')).toBeGreaterThan(Date.now() / 1000 - 3600);
    expect(value('nodejs_eventloop_lag_p99_seconds')).toBeLessThan(10);
    const known = new Set<string>(families.map(({ name }) => name.replace(/_total$/, '')));
    expect(scraped.filter(({ name }) => !known.has(name))).toEqual([]);
    for (const { type, name } of scraped) expect([name, type]).not.toEqual([name, 'unknown']);
  });

  test('names requests by their route, however many addresses are asked', async () => {
    await fetch(`${server.url}/api/workflows/4711`);
    await fetch(`${server.url}/api/workflows/4712`);
    for (let made = 0; made < 5; made++) await fetch(`${server.url}/nothing/${made}?x=${made}`);
    const requests = (await scrape()).find(({ name }) => name === 'zincir_http_request_duration_seconds');
    const counts = requests?.samples.filter(({ name }) => name.endsWith('_count')) ?? [];
    const count = (route: string, status: string) =>
      counts.find(({ labels }) => labels.route === route && labels.status === status && labels.method === 'GET')?.value;
    expect(count('/api/workflows/:id', '404')).toBe(2);
    expect(count('unmatched', '404')).toBe(5);
    expect(counts.filter(({ labels }) => /\d{4}|nothing/.test(labels.route ?? ''))).toEqual([]);
  });

  test('shows the same as any other server on the database, also one that starts later', async () => {
    const other = await createServer({
      engine: server.another(),
      version: '1.2.3',
      webRoot: null,
      allowedHosts: [],
      maxUploadBytes: null,
      usersFile: null,
      flowerUrl: null,
      logger: pino({ level: 'silent' }),
    });
    const url = await other.listen({ host: '127.0.0.1', port: 0 });
    const names = new Set<string>(Object.values(shared).map(({ name }) => name.replace(/_total$/, '')));
    const changing: readonly string[] = [
      'zincir_step_oldest_wait_seconds',
      'zincir_outbox_oldest_seconds',
      'zincir_queue_sample_age_seconds',
    ];
    // Samples of queues come in between.
    const isSteady = (name: string) => names.has(name) && !changing.includes(name) && !name.startsWith('zincir_queue_');
    const sharedOf = (scraped: Scraped) =>
      scraped.filter(({ name }) => isSteady(name)).map(({ name, samples }) => ({ name, samples }));
    expect(sharedOf(await scrape(url))).toEqual(sharedOf(await scrape()));
    await other.close();
  });

  test('asks the database once for all who scrape within a few seconds', async () => {
    let asked = 0;
    const figures: TestServer['store']['figures'] = (...given) => {
      asked += 1;
      return server.store.figures(...given);
    };
    const counting = server.another({ figures });
    await Promise.all(Array.from({ length: 20 }, () => counting.metrics()));
    for (let made = 0; made < 20; made++) await counting.metrics();
    expect(asked).toBe(1);
  });

  test('still shows itself when the database does not answer, and says that the rest is missing', async () => {
    const stuck = server.another({ figures: () => new Promise(() => {}) });
    const began = performance.now();
    const scraped = parseMetrics(expose([...(await stuck.metrics())]));
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(sampleOf(scraped, 'zincir_shared_up')).toBe(0);
    expect(sampleOf(scraped, 'zincir_workflows_ended_total')).toBeNull();
  });
});
