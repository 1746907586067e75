import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { bundle } from '../../test/support/worker/bundle.js';
import { isAlive } from '../../test/support/worker/is-alive.js';
import { createWorkerBench, type WorkerBench } from '../../test/support/worker/worker-bench.js';
import { WorkflowCreate } from '../contract/api.js';
import type { WorkflowConfigInput } from '../contract/config.js';
import { artifactNames } from '../contract/entities.js';
import type { WorkflowRecord } from '../engine/ports.js';

vi.setConfig({ testTimeout: 120_000 });

const ended = ({ status }: WorkflowRecord) => status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';

let bench: WorkerBench;
let entry: string;
beforeAll(async () => {
  bench = await createWorkerBench();
  entry = await bundle('steps-entry', bench.directory);
  await bench.worker({ concurrency: 2, childEntry: entry }).start();
});
afterAll(() => bench.close());

async function create(example: string, config: z.input<typeof WorkflowConfigInput>): Promise<number> {
  const source = createReadStream(fileURLToPath(new URL(`../../examples/${example}`, import.meta.url)));
  const { id } = await bench.engine.datasets.add({ source, fileName: example, name: null });
  return bench.engine.workflows.create(WorkflowCreate.parse({ datasetId: id, config }));
}

const modelOf = async (id: number) => (await bench.engine.workflows.artifact(id, 'model.joblib')).sha256;

it('turns penguins into a model through the real steps', async () => {
  const workflow = await bench.until(
    await create('penguins.csv', { model: 'LR', target: 'species', params: { epochs: 10 } }),
    ended,
  );
  expect(workflow).toMatchObject({ status: 'COMPLETED', epoch: 10 });
  expect(workflow.validationAccuracy).toBeGreaterThan(0.9);
  const names = (await bench.store.listFiles(workflow.id)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...artifactNames]));
});

it('a training whose process is killed goes on from its checkpoint and ends with the same bytes and epochs', async () => {
  const config = { model: 'MLP', target: 'species', params: { epochs: 1_000, random_state: 7 } } as const;
  const undisturbed = await create('penguins.csv', config);
  expect((await bench.until(undisturbed, ended)).status).toBe('COMPLETED');

  const id = await create('penguins.csv', config);
  // A checkpoint goes only when the row names a later one: from then on there is one to go on from.
  const seen = new Set<string>();
  const replaced = async () => {
    const there = new Set<string>();
    for await (const { name } of bench.files.list(`workflows/${id}/train-1/`))
      if (name.includes('checkpoint')) there.add(name);
    const gone = [...seen].some((name) => !there.has(name));
    for (const name of there) seen.add(name);
    return gone;
  };
  await expect.poll(replaced, { timeout: 60_000, interval: 20 }).toBe(true);
  await killChildren();

  const workflow = await bench.until(id, ended);
  expect(workflow.steps[2]).toMatchObject({ status: 'COMPLETED', attempt: 2 });
  const resumed = (await bench.store.logsAfter(id, 0, 10_000)).filter(({ code }) => code === 'trainingResumed');
  expect(resumed).toHaveLength(1);
  expect(await bench.store.metricsAfter(id, 0, 10_000)).toEqual(await bench.store.metricsAfter(undisturbed, 0, 10_000));
  expect(await modelOf(id)).toBe(await modelOf(undisturbed));
});

/** Kills the step that runs, and the spares beside it. */
async function killChildren(): Promise<void> {
  const pids = (await readFile(join(bench.childEnv.TEST_NOTES ?? '', 'pids'), 'utf8')).trim().split('\n').map(Number);
  for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
}
