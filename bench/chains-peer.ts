/**
 * Chains of three steps beside Celery, over the same RabbitMQ and PostgreSQL, two slots each.
 *
 * `no-op`: steps that do nothing. Ours run in the process of a worker (intake, claim, completion and outbox are real,
 * a child process is not started), Celery's in two prefork children. A hop is the time from the end of one step's work
 * to the beginning of the next one's. `real`: upload, preprocess and train of a table of ten rows; ours by `zincir
 * start --no-worker` and `zincir worker`, which give every step a child process of its own.
 *
 * Ours waits for quorum queues and publisher confirms. Celery has publisher confirms, and quorum queues, which make it
 * as safe as ours, or the classic durable ones that it has by default.
 * Needs PostgreSQL, RabbitMQ with rabbitmqctl, and Python; Celery is installed into `bench/peers/.venv`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { z } from 'zod';
import { createRabbitBroker } from '../src/broker/rabbitmq/rabbit-broker.js';
import { Preprocessing } from '../src/contract/config.js';
import { createEngine } from '../src/engine/create-engine.js';
import { createFileStorage } from '../src/storage/filesystem.js';
import { newDataset } from '../test/conformance/chain.js';
import { startChainWorker } from '../test/support/chain-worker.js';
import { createWorkflow, upload } from '../test/support/client.js';
import { createPostgresDatabase } from '../test/support/database.js';
import { binary, cleanEnvironment, root, startServer, temporaryDirectory } from '../test/support/program.js';
import { createVhost } from '../test/support/rabbitmq.js';
import { median, report, rounded } from './support.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const chains = Number(process.env.BENCH_CHAINS ?? 200);
const single = Number(process.env.BENCH_HOPS ?? 30);
const realChains = Number(process.env.BENCH_REAL_CHAINS ?? 12);
const realSingle = Number(process.env.BENCH_REAL_SINGLE ?? 4);
const slots = 2;

const Measured = z.object({ seconds: z.number(), oneMs: z.array(z.number()), hopsMs: z.array(z.number()) });
type Measured = z.infer<typeof Measured>;
type Size = { count: number; single: number };

const folder = temporaryDirectory('chains');
const csv = path.join(folder, 'ten.csv');
const table = Array.from({ length: 10 }, (_, row) => `${row / 7},${(row * 3) % 5},${row % 2}`);
writeFileSync(csv, `a,b,kind\n${table.join('\n')}\n`);

/** Ours first; Celery on queues that are as safe as ours, and on those that it has by default. */
const engines = ['Zincir', 'Celery, quorum queues', 'Celery, classic queues'] as const;
type Engine = (typeof engines)[number];

const rows: Record<string, string | number>[] = [];
for (const [kind, open, size] of [
  ['no-op', openNoOp, { count: chains, single }],
  ['real', openReal, { count: realChains, single: realSingle }],
] as const) {
  const opened = {
    Zincir: await open(),
    'Celery, quorum queues': await openCelery(kind, 'quorum'),
    'Celery, classic queues': await openCelery(kind, 'classic'),
  };
  const measured: Record<Engine, Measured>[] = [];
  // Programs that have run for a while: compiled, connected, their statements prepared.
  for (const engine of engines) await opened[engine].measure({ count: Math.ceil(size.count / 2), single: 1 });
  for (let round = 0; round < rounds; round++) {
    const found: Partial<Record<Engine, Measured>> = {};
    for (const engine of round % 2 === 0 ? engines : engines.toReversed()) {
      found[engine] = await opened[engine].measure(size);
    }
    measured.push(found as Record<Engine, Measured>);
  }
  for (const engine of engines) await opened[engine].close();
  const perSecond = ({ seconds }: Measured) => size.count / seconds;
  for (const engine of engines) {
    const own = measured.map((round) => round[engine]);
    const ratio = median(measured.map((round) => perSecond(round.Zincir) / perSecond(round[engine])));
    rows.push({
      steps: kind,
      engine,
      'chains/s': rounded(median(own.map(perSecond)), 1),
      'one chain, median (ms)': rounded(median(own.flatMap(({ oneMs }) => oneMs)), 1),
      'hop, median (ms)': kind === 'real' ? '' : rounded(median(own.flatMap(({ hopsMs }) => hopsMs)), 1),
      'chains/s, ours : theirs': engine === 'Zincir' ? '' : rounded(ratio, 1),
    });
  }
}
report(
  'chains-peer',
  `Chains of three steps, ${slots} slots, RabbitMQ and PostgreSQL; ${rounds} rounds, ${chains} no-op or ${realChains} real chains at once, then one by one`,
  rows,
);

/** The engine here, as a server has it, and a worker in a process of its own. */
async function openNoOp() {
  const database = await createPostgresDatabase();
  const vhost = await createVhost();
  const worker = await startChainWorker(database.url, vhost.url, slots);
  const { store } = database;
  const broker = createRabbitBroker(vhost.url);
  const clock = { now: () => new Date() };
  const unread = () => Promise.reject(new Error('nothing is read here'));
  const engine = createEngine({
    store,
    broker,
    files: createFileStorage(path.join(folder, 'no-op')),
    sniffer: { sniff: unread, preview: unread },
    clock,
    log: console,
  });
  await engine.start();
  const { record } = await store.insertDataset(newDataset(), clock.now());
  const config = { model: 'LR' as const, target: 'species', params: {}, preprocessing: Preprocessing.parse({}) };
  let awaited = 0;
  let allDone = () => {};
  worker.on('message', (said: { completed?: number }) => {
    if (said.completed !== undefined && --awaited === 0) allDone();
  });
  const run = async (count: number): Promise<number> => {
    const began = performance.now();
    awaited += count;
    const done = new Promise<void>((resolve) => {
      allDone = resolve;
    });
    let left = count;
    const asking = async () => {
      while (left-- > 0) await engine.workflows.create({ datasetId: record.id, config, start: true });
    };
    await Promise.all([...Array.from({ length: Math.min(count, 8) }, asking), done]);
    return performance.now() - began;
  };
  const hops = async (): Promise<number[]> => {
    const answered = new Promise<number[]>((resolve) => {
      const hear = (said: { hops?: number[] }) => {
        if (said.hops === undefined) return;
        worker.off('message', hear);
        resolve(said.hops);
      };
      worker.on('message', hear);
    });
    worker.send('hops');
    return answered;
  };
  return {
    async measure({ count, single }: Size): Promise<Measured> {
      const seconds = (await run(count)) / 1000;
      await hops();
      const oneMs: number[] = [];
      for (let i = 0; i < single; i++) oneMs.push(await run(1));
      return { seconds, oneMs, hopsMs: await hops() };
    },
    async close() {
      worker.send('stop');
      await once(worker, 'exit');
      await engine.stop();
      await broker.close();
      await database.drop();
      await vhost.drop();
    },
  };
}

/** Looks into the database, as Celery's client does for a result: to ask the server so often would only load it. */
async function completed(control: pg.Client, id: number, everyMs: number): Promise<void> {
  const text = 'SELECT status FROM workflow WHERE id = $1';
  for (const until = Date.now() + 300_000; ; await sleep(everyMs)) {
    const { rows } = await control.query<{ status: string }>({ name: 'completed', text, values: [id] });
    const status = rows[0]?.status;
    if (status === 'COMPLETED') return;
    if (status !== 'RUNNING' || Date.now() > until) throw new Error(`workflow ${id} is ${status}`);
  }
}

/** The program itself: a server, and a worker with two slots. */
async function openReal() {
  const database = await createPostgresDatabase();
  const vhost = await createVhost();
  const env = {
    ZINCIR_DATABASE_URL: database.url,
    ZINCIR_BROKER_URL: vhost.url,
    ZINCIR_STORAGE_URL: pathToFileURL(path.join(folder, 'real')).href,
  };
  const server = await startServer(path.join(folder, 'data'), { args: ['--no-worker'], env });
  const worker = spawn(process.execPath, [binary, 'worker', '--concurrency', String(slots)], {
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => worker.kill('SIGKILL'));
  await once(worker.stdout, 'data');
  const { id: datasetId } = await upload(server.url, csv);
  const control = new pg.Client({ connectionString: database.url });
  await control.connect();
  const ask = () => createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'kind' } });
  const run = async (count: number): Promise<number> => {
    const began = performance.now();
    const asked = await Promise.all(Array.from({ length: count }, ask));
    for (const { id } of asked.reverse()) await completed(control, id, count > 1 ? 20 : 5);
    return performance.now() - began;
  };
  return {
    async measure({ count, single }: Size): Promise<Measured> {
      const seconds = (await run(count)) / 1000;
      const oneMs: number[] = [];
      for (let i = 0; i < single; i++) oneMs.push(await run(1));
      return { seconds, oneMs, hopsMs: [] };
    },
    async close() {
      worker.kill('SIGTERM');
      await once(worker, 'exit');
      await server.stop();
      await control.end();
      await database.drop();
      await vhost.drop();
    },
  };
}

async function openCelery(kind: 'no-op' | 'real', queues: 'quorum' | 'classic') {
  const python = celeryPython();
  const peers = path.join(root, 'bench', 'peers');
  const database = await createPostgresDatabase();
  const vhost = await createVhost();
  const env = {
    ...process.env,
    BROKER_URL: vhost.url,
    QUEUE_TYPE: queues,
    BACKEND_URL: database.url.replace(/^postgres(ql)?:/, 'db+postgresql+psycopg2:'),
    PYTHONPATH: peers,
  };
  const worker = spawn(
    python,
    ['-m', 'celery', '-A', 'celery_app', 'worker', '-P', 'prefork', '-c', String(slots), '-l', 'WARNING'],
    { env, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  process.once('exit', () => worker.kill('SIGKILL'));
  return {
    async measure({ count, single }: Size): Promise<Measured> {
      const script = path.join(peers, 'celery_chains.py');
      const args = [script, kind, String(count), String(single), folder, csv, 'kind'];
      const client = spawn(python, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
      let printed = '';
      client.stdout.on('data', (bytes: Buffer) => {
        printed += bytes.toString();
      });
      const [code] = await once(client, 'close');
      if (code !== 0) throw new Error(`the Celery client ended with ${code}`);
      return Measured.parse(JSON.parse(printed));
    },
    async close() {
      worker.kill('SIGTERM');
      await once(worker, 'exit');
      await database.drop();
      await vhost.drop();
    },
  };
}

function celeryPython(): string {
  const peers = path.join(root, 'bench', 'peers');
  const python = path.join(peers, '.venv', 'bin', 'python');
  if (!existsSync(python)) {
    execFileSync('python3', ['-m', 'venv', path.join(peers, '.venv')], { stdio: 'inherit' });
    const requirements = path.join(peers, 'celery_requirements.txt');
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], { stdio: 'inherit' });
  }
  return python;
}
