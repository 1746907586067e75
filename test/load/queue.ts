/** Many tiny workflows asked for at once, two real workers to do them: nothing lost, nothing twice, nothing grows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { startChainWorker } from '../support/chain-worker.js';
import { createWorkflow, upload } from '../support/client.js';
import { createPostgresDatabase } from '../support/database.js';
import { binary, cleanEnvironment, startServer, temporaryDirectory } from '../support/program.js';
import { createVhost } from '../support/rabbitmq.js';
import { percentile } from './percentile.js';
import { childrenMb, residentMb } from './resident.js';

const slots = 1;
const askers = 8;

interface Memory {
  name: string;
  quartersMb: number[];
  /** A process that lives as long as the work does; children come and go. */
  stays: boolean;
}

export interface QueueFigures {
  acceptedSeconds: number;
  doneSeconds: number;
  /** Of a list asked for again and again while the workers work. */
  listP99Ms: number;
  /** Steps that did not run exactly once, or did not complete. */
  wrongSteps: number;
  /** Resident memory in MB: the median of each quarter of the work. */
  memory: Memory[];
}

/** @param steps `no-op`: the workers' own processes do nothing for a step, where real ones start a child */
export async function measureQueue(
  workflows: number,
  steps: 'real' | 'no-op',
  say: (line: string) => void = () => {},
): Promise<QueueFigures> {
  const folder = temporaryDirectory('load');
  const database = await createPostgresDatabase();
  const vhost = await createVhost();
  const env = {
    ZINCIR_DATABASE_URL: database.url,
    ZINCIR_BROKER_URL: vhost.url,
    ZINCIR_STORAGE_URL: pathToFileURL(path.join(folder, 'files')).href,
  };
  const control = new pg.Client({ connectionString: database.url });
  await control.connect();
  const server = await startServer(path.join(folder, 'data'), { args: ['--no-worker'], env });
  const workers =
    steps === 'real'
      ? await pair(() => startWorker(env))
      : await pair(() => startChainWorker(database.url, vhost.url, slots));
  const observed = [
    { name: 'server', stays: true, read: () => residentMb(server.process.pid ?? 0) },
    ...workers.flatMap(({ pid = 0 }, i) => [
      { name: `worker ${i + 1}`, stays: true, read: () => residentMb(pid) },
      { name: `children of worker ${i + 1}`, stays: false, read: () => childrenMb(pid) },
    ]),
  ];
  try {
    const csv = path.join(folder, 'ten.csv');
    const rows = Array.from({ length: 10 }, (_, row) => `${row / 7},${(row * 3) % 5},${row % 2}`);
    writeFileSync(csv, `a,b,species\n${rows.join('\n')}\n`);
    const { id: datasetId } = await upload(server.url, csv);
    const began = performance.now();
    let left = workflows;
    const ask = async () => {
      while (left-- > 0) await createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'species' } });
    };
    await Promise.all(Array.from({ length: askers }, ask));
    const acceptedSeconds = (performance.now() - began) / 1000;
    const lists: number[] = [];
    const samples: { done: number; mb: number[] }[] = [];
    for (let done = 0; done < workflows; await sleep(250)) {
      const asked = performance.now();
      await (await fetch(`${server.url}/api/workflows?sort=-createdAt`)).arrayBuffer();
      lists.push(performance.now() - asked);
      done = await countEnded(control);
      samples.push({ done, mb: observed.map(({ read }) => read()) });
      if (samples.length % 40 === 0)
        say(`${done} of ${workflows}, MB: ${samples.at(-1)?.mb.map(Math.round).join(', ')}`);
    }
    const doneSeconds = (performance.now() - began) / 1000;
    const { rows: wrong } = await control.query<{ count: number }>(
      `SELECT count(*)::int FROM workflow_step s LEFT JOIN task_result t ON t.task_id = s.task_id
       WHERE s.status <> 'COMPLETED' OR s.attempt <> 1 OR t.status <> 'SUCCESS'`,
    );
    const quarter = (part: number, i: number) =>
      percentile(
        samples
          .filter(({ done }) => done >= (part / 4) * workflows && done <= ((part + 1) / 4) * workflows)
          .map(({ mb }) => mb[i] ?? 0),
        0.5,
      );
    return {
      acceptedSeconds,
      doneSeconds,
      listP99Ms: percentile(lists, 0.99),
      wrongSteps: wrong[0]?.count ?? 0,
      memory: observed.map(({ name, stays }, i) => ({
        name,
        stays,
        quartersMb: [0, 1, 2, 3].map((part) => quarter(part, i)),
      })),
    };
  } finally {
    for (const worker of workers) {
      const ended = once(worker, 'exit');
      if (worker.connected) worker.send('stop');
      else worker.kill('SIGTERM');
      await ended;
    }
    await server.stop();
    await control.end();
    await database.drop();
    await vhost.drop();
  }
}

const pair = async <One>(start: () => Promise<One>): Promise<One[]> => [await start(), await start()];

async function startWorker(env: Record<string, string>): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [binary, 'worker', '--concurrency', String(slots)], {
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => worker.kill('SIGKILL'));
  await once(worker.stdout, 'data');
  return worker;
}

async function countEnded(control: pg.Client): Promise<number> {
  const { rows } = await control.query<{ count: number }>(
    `SELECT count(*)::int FROM workflow WHERE status NOT IN ('PENDING', 'RUNNING')`,
  );
  return rows[0]?.count ?? 0;
}
