/** A real chain around a worker: database, broker, storage and engine in a directory of the test's own. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryBroker } from '../../../src/broker/memory.js';
import { queueNames } from '../../../src/contract/tasks.js';
import { openDatabase } from '../../../src/database/index.js';
import { createEngine } from '../../../src/engine/create-engine.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { Broker, Files, Store, WorkflowRecord } from '../../../src/engine/ports.js';
import { createSniffer } from '../../../src/main/sniffer.js';
import { createFileStorage } from '../../../src/storage/filesystem.js';
import { createWorker, type Worker, type WorkerOptions } from '../../../src/worker/worker.js';
import { bundle } from './bundle.js';
import type { Script } from './scripted-steps.js';
import { configFor, dataset } from './step-input.js';

/** What an attempt of the train step left for the test. */
interface AttemptNote {
  attempt: number;
  pid: number;
  scratch: string;
}

export interface WorkerBench {
  readonly directory: string;
  readonly store: Store;
  readonly broker: Broker;
  readonly files: Files;
  readonly engine: Engine;
  /** Path of the bundled child. */
  readonly childEntry: string;
  readonly childEnv: Record<string, string>;
  worker(options?: Partial<WorkerOptions>): Worker;
  /** Starts a workflow whose train step follows the script; answers its id. */
  start(script: Script): Promise<number>;
  /** Asks until the workflow is as described, at most a minute. */
  until(id: number, description: (workflow: WorkflowRecord) => boolean): Promise<WorkflowRecord>;
  /** Attempts of the train step so far. */
  attempts(id: number): Promise<AttemptNote[]>;
  close(): Promise<void>;
}

export async function createWorkerBench(): Promise<WorkerBench> {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-worker-'));
  const notes = join(directory, 'notes');
  await mkdir(notes);
  const storage = join(directory, 'storage');
  const files = createFileStorage(storage);
  const store = await openDatabase(`pglite://${join(directory, 'database')}`, {});
  const broker = createMemoryBroker();
  const clock = { now: () => new Date() };
  const engine = createEngine({ store, broker, files, clock, sniffer: createSniffer(files) });
  await engine.start();
  const childEntry = await bundle('child-entry', directory);
  const childEnv = { TEST_STORAGE: storage, TEST_NOTES: notes };
  const workers: Worker[] = [];

  const find = async (id: number) => {
    const workflow = await store.findWorkflow(id);
    if (workflow === null) throw new Error(`no workflow ${id}`);
    return workflow;
  };
  return {
    directory,
    store,
    broker,
    files,
    engine,
    childEntry,
    childEnv,
    worker(options = {}) {
      const worker = createWorker({
        store,
        broker,
        files,
        clock,
        name: `zincir@test-${workers.length + 1}`,
        host: 'test',
        version: '0.0.0',
        queues: queueNames,
        concurrency: 1,
        childEntry,
        childEnv,
        graceMs: 5_000,
        ...options,
      });
      workers.push(worker);
      return worker;
    },
    async start(script) {
      const profile = { ...dataset.profile, columns: [], warnings: [] };
      const { record } = await store.insertDataset({ ...dataset, name: 'none', profile }, clock.now());
      const config = configFor(script);
      const request = { name: script, datasetId: record.id, config, ignored: [], origin: null, start: true };
      return store.createWorkflow(request, clock.now());
    },
    async until(id, description) {
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
        const workflow = await find(id);
        if (description(workflow)) return workflow;
      }
      throw new Error(`workflow ${id} stayed ${JSON.stringify(await find(id))}`);
    },
    async attempts(id) {
      const step = (await find(id)).steps.find(({ name }) => name === 'train');
      const text = await readFile(join(notes, `step-${step?.id}`), 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line): AttemptNote => JSON.parse(line));
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await engine.stop();
      await broker.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
