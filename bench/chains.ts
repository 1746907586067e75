/**
 * Chains of three steps that do nothing: what the engine itself costs.
 *
 * The real engine, relay, memory broker, intake and database; only the child processes are left out, because what a
 * step does is not measured here. `full` is chains a second when all are asked for at once and two slots work them off;
 * `hop` is the time from the moment a step is reported complete until the next one is claimed, one chain at a time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMemoryBroker } from '../src/broker/memory.js';
import { Preprocessing } from '../src/contract/config.js';
import { queueNames } from '../src/contract/tasks.js';
import { createEngine } from '../src/engine/create-engine.js';
import type { Clock, Delivery, Store } from '../src/engine/ports.js';
import { createFileStorage } from '../src/storage/filesystem.js';
import { Intake } from '../src/worker/intake.js';
import { fenceOf, leaseMs, newDataset, outputOf } from '../test/conformance/chain.js';
import { createPgliteDatabase, createPostgresDatabase, findPostgres } from '../test/support/database.js';
import { median, percentile, report, rounded } from './support.js';

const chains = Number(process.env.BENCH_CHAINS ?? 500);
const single = Number(process.env.BENCH_HOPS ?? 50);
const slots = 2;
const clock: Clock = { now: () => new Date() };
const log = { info: () => {}, warn: console.warn, error: console.error };

const noSniffer = {
  sniff: () => Promise.reject(new Error('nothing is read here')),
  preview: () => Promise.reject(new Error('nothing is read here')),
};

const rows = [await measure('PGlite', createPgliteDatabase)];
if (await findPostgres()) rows.push(await measure('PostgreSQL', createPostgresDatabase));
report(
  'chains',
  `Chains of three no-op steps, ${slots} slots, ${chains} chains at once, then ${single} one by one`,
  rows,
);

async function measure(name: string, open: typeof createPgliteDatabase): Promise<Record<string, string | number>> {
  const database = await open();
  const directory = await mkdtemp(path.join(tmpdir(), 'zincir-bench-'));
  const { store } = database;
  const broker = createMemoryBroker();
  const files = createFileStorage(directory);
  const engine = createEngine({ store, broker, files, sniffer: noSniffer, clock, log });
  const steps = noOpSteps(store);
  const intake = new Intake({ broker, queues: queueNames, slots, log, handle: steps.handle });
  const { record } = await store.insertDataset(newDataset(), clock.now());
  const config = { model: 'LR' as const, target: 'species', params: {}, preprocessing: Preprocessing.parse({}) };
  const create = () => engine.workflows.create({ datasetId: record.id, config, start: true });
  await engine.start();
  await intake.open();
  try {
    await steps.run(create, 20, 20);
    const began = performance.now();
    await steps.run(create, chains, 8);
    const seconds = (performance.now() - began) / 1000;
    steps.hops.length = 0;
    const oneMs: number[] = [];
    for (let i = 0; i < single; i++) {
      const start = performance.now();
      await steps.run(create, 1, 1);
      oneMs.push(performance.now() - start);
    }
    return {
      database: name,
      'full (chains/s)': rounded(chains / seconds, 1),
      'hop, median (ms)': rounded(median(steps.hops)),
      'hop, p99 (ms)': rounded(percentile(steps.hops, 0.99)),
      'one chain, median (ms)': rounded(median(oneMs)),
    };
  } finally {
    await intake.stop();
    await engine.stop();
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  }
}

function noOpSteps(store: Store) {
  const hops: number[] = [];
  const reportedAt = new Map<number, number>();
  let awaited = 0;
  let allDone = () => {};
  return {
    hops,
    async handle(delivery: Delivery, free: () => void): Promise<void> {
      const claimed = await store.claimStep(delivery.message.args[0], 'bench', leaseMs, clock.now());
      if (claimed !== null) {
        const { workflowId, name } = claimed.input;
        const before = reportedAt.get(workflowId);
        if (before !== undefined) hops.push(performance.now() - before);
        reportedAt.set(workflowId, performance.now());
        free();
        if (!(await store.completeStep({ ...fenceOf(claimed), worker: 'bench' }, outputOf(claimed), clock.now())))
          throw new Error('fenced');
        if (name === 'train') {
          reportedAt.delete(workflowId);
          if (--awaited === 0) allDone();
        }
      }
      await delivery.ack();
    },
    /** Asks for `count` chains, `together` at a time, and resolves when all are complete. */
    async run(create: () => Promise<unknown>, count: number, together: number): Promise<void> {
      awaited += count;
      const done = new Promise<void>((resolve) => {
        allDone = resolve;
      });
      let left = count;
      const asking = async () => {
        while (left-- > 0) await create();
      };
      await Promise.all([...Array.from({ length: together }, asking), done]);
    },
  };
}
