/** A server over the real engine, database, storage and broker, all in this process and in a directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createMemoryBroker } from '../../src/broker/memory.js';
import { Dataset, type Metric, type StepName, type TrainingResult, Workflow } from '../../src/contract/entities.js';
import type { StoredFile } from '../../src/contract/tasks.js';
import { openDatabase } from '../../src/database/index.js';
import { createEngine } from '../../src/engine/create-engine.js';
import type { Engine } from '../../src/engine/engine.js';
import type { ClaimedStep, Files, Store } from '../../src/engine/ports.js';
import { createSniffer } from '../../src/main/sniffer.js';
import type { ServerOptions } from '../../src/server/server.js';
import { createFileStorage } from '../../src/storage/filesystem.js';
import { sharedTemplate } from './database.js';
import { listen } from './listening.js';

export interface TestServer {
  app: FastifyInstance;
  /** Where it listens, on a free port of 127.0.0.1. */
  url: string;
  engine: Engine;
  store: Store;
  files: Files;
  /** Directory of the stored files. */
  filesDir: string;
  /** Another engine on the same database, which it may see otherwise. */
  another(store?: Partial<Store>): Engine;
  close(): Promise<void>;
}

export async function startTestServer(
  options: Partial<ServerOptions> & { wrap?: (engine: Engine) => Engine } = {},
): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-server-'));
  const filesDir = join(directory, 'files');
  const store = await openDatabase(`pglite://${join(directory, 'db')}`, { templateDir: await sharedTemplate() });
  const files = createFileStorage(filesDir);
  const broker = createMemoryBroker();
  const clock = { now: () => new Date() };
  const ports = { store, broker, files, sniffer: createSniffer(files), clock };
  const real = createEngine(ports);
  const engine = options.wrap?.(real) ?? real;
  const { app, url } = await listen(engine, options);
  return {
    app,
    url,
    engine,
    store,
    files,
    filesDir,
    another: (otherwise = {}) => createEngine({ ...ports, store: { ...store, ...otherwise } }),
    async close() {
      await app.close();
      await engine.stop();
      await broker.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Forty rows, two numeric features, one categorical, a gap, and a text target of two classes. */
export const smallCsv = [
  'length,width,colour,kind',
  ...Array.from({ length: 40 }, (_, row) => {
    const kind = row % 2 === 0 ? 'left' : 'right';
    const colour = ['red', 'green', 'blue'][row % 3];
    return `${row === 7 ? '' : (row % 11) + 0.5},${(row % 5) * 1.25},${colour},${kind}`;
  }),
  '',
].join('\n');

export async function uploadCsv(server: TestServer, text = smallCsv, fileName = 'small.csv'): Promise<Dataset> {
  const form = new FormData();
  form.append('file', new Blob([text]), fileName);
  const response = await fetch(`${server.url}/api/datasets`, { method: 'POST', body: form });
  if (!response.ok) throw new Error(await response.text());
  return Dataset.parse(await response.json());
}

export async function createWorkflow(server: TestServer, datasetId: number, more: object = {}): Promise<Workflow> {
  const response = await server.app.inject({
    method: 'POST',
    url: '/api/workflows',
    payload: { datasetId, config: { model: 'LR', target: 'kind', params: { epochs: 3 } }, ...more },
  });
  if (response.statusCode !== 201) throw new Error(response.body);
  return Workflow.parse(response.json());
}

/** Claims a step of the workflow as a worker would. */
export async function claim(server: TestServer, workflowId: number, name: StepName): Promise<ClaimedStep> {
  const workflow = await server.store.findWorkflow(workflowId);
  const step = workflow?.steps.find((candidate) => candidate.name === name);
  const claimed = step && (await server.store.claimStep(step.id, 'zincir@test', 30_000, new Date()));
  if (!claimed) throw new Error(`step ${name} of workflow ${workflowId} cannot be claimed`);
  return claimed;
}

export const metric = (epoch: number): Metric => ({
  epoch,
  trainAccuracy: 0.5 + epoch / 1000,
  validationAccuracy: 0.4 + epoch / 1000,
  trainLoss: 1 / epoch,
  validationLoss: 1.5 / epoch,
});

export const trainingResult: TrainingResult = {
  trainAccuracy: 0.9,
  validationAccuracy: 0.875,
  trainLoss: 0.25,
  validationLoss: 0.5,
  bestEpoch: 3,
  bestValidationAccuracy: 0.875,
  confusionMatrix: [
    [4, 0],
    [1, 3],
  ],
  perClass: [
    { class: 'left', precision: 0.8, recall: 1, f1: 8 / 9, support: 4 },
    { class: 'right', precision: 1, recall: 0.75, f1: 6 / 7, support: 4 },
  ],
  classes: ['left', 'right'],
  rows: { total: 40, dropped: 0, train: 32, validation: 8 },
  features: 5,
};

export async function storeFile(server: TestServer, workflowId: number, name: string, text: string) {
  const file = `workflows/${workflowId}/train-1/${name}`;
  const { sizeBytes, sha256 } = await server.files.write(
    file,
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
  return { name, file, sizeBytes, sha256 } satisfies StoredFile;
}

/** Does the work of the steps up to `last` without computing anything. */
export async function completeSteps(
  server: TestServer,
  workflowId: number,
  names: StepName[] = ['upload', 'preprocess', 'train'],
  files: StoredFile[] = [],
): Promise<void> {
  for (const name of names) {
    const { input } = await claim(server, workflowId, name);
    const fence = { stepId: input.stepId, attempt: input.attempt };
    if (name === 'train') await server.store.appendMetrics(fence, [metric(1), metric(2), metric(3)]);
    const output = name === 'train' ? { result: { ...trainingResult }, files } : { result: {}, files: [] };
    if (!(await server.store.completeStep(fence, output, new Date()))) throw new Error(`${name} was fenced off`);
  }
}
