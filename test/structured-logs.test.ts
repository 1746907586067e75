/** The program's own log: lines of JSON that can be put together by workflow, step and task, over all processes. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { startCluster } from './support/nodes.js';
import { example, startServer, temporaryDirectory } from './support/program.js';
import { parseMetrics, parserMissing, sampleOf } from './support/prometheus.js';
import { findRabbit, rabbitMissing } from './support/rabbitmq.js';

const lacks = [...((await findPostgres()) ? [] : [postgresMissing]), ...((await findRabbit()) ? [] : [rabbitMissing])];

const Line = z.looseObject({ level: z.int(), time: z.int(), pid: z.int(), msg: z.string().optional() });
const linesOf = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => Line.parse(JSON.parse(line)));

test('every line about a step names its workflow, step, task and attempt, what its child says too', async () => {
  const server = await startServer(temporaryDirectory(), { env: { ZINCIR_LOG_LEVEL: 'debug' } });
  const { id: datasetId } = await upload(server.url, example('iris.csv'));
  const { id } = await createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'species' } });
  const workflow = await waitFor(server.url, id, hasEnded);
  const { stderr } = await server.stop();
  const lines = linesOf(stderr);
  for (const { name: step, taskId: task, worker } of workflow.steps) {
    const about = lines.filter((line) => line.task === task);
    for (const line of about) expect(line).toMatchObject({ workflow: id, step, task, attempt: 1, worker });
    const said = about.map(({ msg }) => msg);
    expect([said[0], said.at(-1)]).toEqual(['a step begins', 'a step ended']);
    expect(about.at(-1)).toMatchObject({ outcome: 'completed', ms: expect.any(Number) });
    expect(about.filter(({ child }) => child !== undefined).length).toBeGreaterThan(0);
  }
  const request = lines.find(({ msg, route }) => msg === 'request' && route === '/api/workflows/:id');
  expect(request).toMatchObject({ workflow: id, method: 'GET', status: 200, reqId: expect.any(String) });
}, 60_000);

describe.skipIf(lacks.length > 0)(`a worker alone${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  test.skipIf(parserMissing)(
    `shows its metrics and that it lives where it is told to${parserMissing ? ` (${parserMissing})` : ''}`,
    async () => {
      const cluster = await startCluster({ ZINCIR_LOG_LEVEL: 'info' });
      const port = 20_000 + Math.floor(Math.random() * 20_000);
      const worker = await cluster.worker('shown@one', ['--metrics-port', String(port), '--concurrency', '3']);
      const url = `http://127.0.0.1:${port}`;
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      expect((await fetch(`${url}/api/workflows`)).status).toBe(404);
      const scraped = parseMetrics(await (await fetch(`${url}/metrics`)).text());
      expect(sampleOf(scraped, 'zincir_worker_node_slots')).toBe(3);
      expect(sampleOf(scraped, 'zincir_worker_node_slots_active')).toBe(0);
      expect(sampleOf(scraped, 'zincir_build_info')).toBe(1);
      expect(sampleOf(scraped, 'process_cpu_seconds_total')).toBeGreaterThan(0);
      // What all share, the servers show.
      expect(sampleOf(scraped, 'zincir_workflows_ended_total')).toBeNull();
      expect((await worker.stop()).code).toBe(0);
      await cluster.close();
    },
    60_000,
  );
});
