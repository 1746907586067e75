/** One trace from the request that makes a workflow to the processes that run its steps. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { Workflow } from '../src/contract/entities.js';
import { createWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { startCluster } from './support/nodes.js';
import { type CollectedSpan, type Collector, startCollector } from './support/otlp.js';
import { example, type Server, startServer, temporaryDirectory, zincir } from './support/program.js';
import { findRabbit, rabbitMissing } from './support/rabbitmq.js';

const lacks = [...((await findPostgres()) ? [] : [postgresMissing]), ...((await findRabbit()) ? [] : [rabbitMissing])];
const steps = ['upload', 'preprocess', 'train'];
/** Eleven spans: the request, the making of the workflow, and three for each step. */
const whole = 2 + 3 * steps.length;

let collector: Collector | null = null;
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  collector?.close();
});

const tracing = (url: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_BSP_SCHEDULE_DELAY: '100',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
});

/** The spans of a trace as lines `parent > name`, and what they say beside that. */
function treeOf(spans: readonly CollectedSpan[]): string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return spans
    .map(({ name, parentSpanId }) => `${names.get(parentSpanId ?? '') ?? parentSpanId ?? 'nobody'} > ${name}`)
    .sort();
}

const expectedTree = (parent: string) =>
  [
    `${parent} > POST /api/workflows`,
    'POST /api/workflows > create workflow',
    ...steps.flatMap((step) => [
      `create workflow > publish zincir.${step}`,
      `publish zincir.${step} > process zincir.${step}`,
      `process zincir.${step} > run ${step}`,
    ]),
  ].sort();

async function traceOf(spans: CollectedSpan[], id: number): Promise<CollectedSpan[]> {
  const found = () => {
    const made = spans.find(
      ({ name, values }) => name === 'create workflow' && Number(values['zincir.workflow.id']) === id,
    );
    return spans.filter(({ traceId }) => traceId === made?.traceId);
  };
  await expect.poll(() => found().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(whole);
  return found();
}

test('one process: request, workflow, relay, worker and children are spans of one trace', async () => {
  collector = await startCollector();
  const server = await startServer(temporaryDirectory(), { env: tracing(collector.url) });
  servers.push(server);
  const { id: datasetId } = await upload(server.url, example('iris.csv'));
  const { id } = await createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'species' } });
  await waitFor(server.url, id, hasEnded);
  const trace = await traceOf(collector.spans, id);
  expect(treeOf(trace)).toEqual(expectedTree('nobody'));

  const kinds = Object.fromEntries(trace.map(({ name, kind }) => [name.split(' ')[0], kind]));
  expect(kinds).toEqual({ POST: 2, create: 1, publish: 4, process: 5, run: 1 });
  const host = trace.find(({ name }) => name === 'process zincir.train');
  const child = trace.find(({ name }) => name === 'run train');
  expect(host?.resource).toMatchObject({
    'service.name': 'zincir',
    'process.pid': server.process.pid,
    'zincir.part': 'server',
    'deployment.environment.name': 'test',
  });
  expect(child?.resource).toMatchObject({ 'service.name': 'zincir', 'zincir.part': 'child' });
  expect(child?.resource['process.pid']).not.toBe(server.process.pid);
  expect(host?.values).toMatchObject({ 'zincir.step': 'train', 'zincir.attempt': 1, 'zincir.outcome': 'completed' });
  expect(child?.startMs).toBeGreaterThanOrEqual((host?.startMs ?? 0) - 1);
  expect(child?.endMs).toBeLessThanOrEqual((host?.endMs ?? 0) + 1);
  expect(trace.filter(({ failed }) => failed)).toEqual([]);
}, 60_000);

test('a request that is part of a trace is continued, and a step that fails says so in its span', async () => {
  collector = await startCollector();
  const server = await startServer(temporaryDirectory(), { env: tracing(collector.url) });
  servers.push(server);
  const { id: datasetId } = await upload(server.url, example('penguins.csv'));
  const unscaled = { columns: { body_mass_g: { scale: 'none' } } };
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const response = await fetch(`${server.url}/api/workflows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-${spanId}-01` },
    body: JSON.stringify({
      datasetId,
      config: { model: 'MLP', target: 'species', params: { learning_rate: 1e12 }, preprocessing: unscaled },
    }),
  });
  expect(response.status).toBe(201);
  const { id } = Workflow.parse(await response.json());
  const ended = await waitFor(server.url, id, hasEnded);
  const trace = await traceOf(collector.spans, id);
  expect(treeOf(trace)).toEqual(expectedTree(spanId));
  expect(new Set(trace.map((span) => span.traceId))).toEqual(new Set([traceId]));
  const failed = trace.filter((span) => span.failed).map(({ name }) => name);
  expect(ended).toMatchObject({ status: 'FAILED', error: { code: 'DIVERGED' } });
  expect(failed.sort()).toEqual(['process zincir.train', 'run train']);
}, 60_000);

describe.skipIf(lacks.length > 0)(`a server and a worker${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  test('are of one trace, carried by the headers of the messages', async () => {
    collector = await startCollector();
    const cluster = await startCluster(tracing(collector.url));
    await cluster.worker('trainer@one');
    const { url } = cluster.server;
    const { id: datasetId } = await upload(url, example('iris.csv'));
    const { id } = await createWorkflow(url, { datasetId, config: { model: 'LR', target: 'species' } });
    await waitFor(url, id, hasEnded);
    const trace = await traceOf(collector.spans, id);
    expect(treeOf(trace)).toEqual(expectedTree('nobody'));
    const partOf = (name: string) => trace.find((span) => span.name === name)?.resource['zincir.part'];
    // Who publishes is whoever comes first: the server, or the worker that completed the step before.
    expect(['POST /api/workflows', 'process zincir.train', 'run train'].map(partOf)).toEqual([
      'server',
      'worker',
      'child',
    ]);
    await cluster.close();
  }, 120_000);
});

test('a collector that takes everything and says nothing costs spans and nothing else', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const env = tracing(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  const words = ['train', example('iris.csv'), '--epochs', '3', '--out', temporaryDirectory()];
  const { code, stderr } = await zincir(words, { cwd: temporaryDirectory(), env });
  silent.closeAllConnections();
  silent.close();
  expect({ code, said: stderr.includes('Error') }).toEqual({ code: 0, said: false });
}, 60_000);
