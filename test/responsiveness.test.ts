/** The server answers while trainings use every core. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { createWorkflow, upload, waitFor } from './support/client.js';
import { example, startServer, temporaryDirectory } from './support/program.js';

test('the server answers within 50 ms (p99) while a training uses every other core', async () => {
  const slots = Math.max(1, availableParallelism() - 1);
  const server = await startServer(temporaryDirectory(), { args: ['--concurrency', String(slots)] });
  const { id: datasetId } = await upload(server.url, example('digits.csv'));
  const config = { model: 'MLP', target: 'digit', params: { epochs: 100_000 } };
  const ids: number[] = [];
  for (let slot = 0; slot < slots; slot++) ids.push((await createWorkflow(server.url, { datasetId, config })).id);
  for (const id of ids) await waitFor(server.url, id, ({ epoch }) => epoch >= 2);

  const times: number[] = [];
  for (let request = 0; request < 400; request++) {
    const path = ['/healthz', '/api/workflows', `/api/workflows/${ids[0]}`, `/api/workflows/${ids[0]}/metrics`][
      request % 4
    ];
    const began = performance.now();
    const response = await fetch(`${server.url}${path}`);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  times.sort((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  await server.stop('SIGKILL');
  expect(p99).toBeLessThan(50);
}, 120_000);
