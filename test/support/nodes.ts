/** A cluster of the built program on one machine: a server without a worker, and workers beside it. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { createPostgresDatabase } from './database.js';
import {
  binary,
  cleanEnvironment,
  type Ended,
  ended,
  killAtExit,
  type Server,
  startServer,
  temporaryDirectory,
} from './program.js';
import { createVhost, type TestVhost } from './rabbitmq.js';

interface WorkerNode {
  name: string;
  pid: number;
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<Ended>;
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface Cluster {
  server: Server;
  /** The folder of the stored files. */
  filesDir: string;
  brokerUrl: string;
  /** What all nodes share, for other commands. */
  settings: Record<string, string>;
  vhost: TestVhost;
  /** In the order in which they were started. */
  workers: readonly WorkerNode[];
  /** Starts `zincir worker ARGS` and waits until it says that it is ready. */
  worker(name: string, args?: string[], settings?: Record<string, string>): Promise<WorkerNode>;
  close(): Promise<void>;
}

/** PostgreSQL, RabbitMQ and a shared folder, each of the test's own. */
export async function startCluster(settings: Record<string, string> = {}): Promise<Cluster> {
  const database = await createPostgresDatabase();
  const vhost = await createVhost();
  const filesDir = temporaryDirectory('zincir-shared');
  const env = {
    ZINCIR_DATABASE_URL: database.url,
    ZINCIR_BROKER_URL: vhost.url,
    ZINCIR_STORAGE_URL: pathToFileURL(filesDir).href,
    ZINCIR_CONCURRENCY: '1',
    ...settings,
  };
  const server = await startServer(temporaryDirectory(), { args: ['--no-worker'], env });
  const workers: WorkerNode[] = [];
  return {
    server,
    filesDir,
    brokerUrl: vhost.url,
    settings: env,
    vhost,
    workers,
    async worker(name, args = [], more = {}) {
      const worker = await startWorker(['--name', name, ...args], { ...env, ...more });
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop('SIGKILL')));
      await server.stop();
      await database.drop();
      await vhost.drop();
    },
  };
}

async function startWorker(args: string[], env: Record<string, string>): Promise<WorkerNode> {
  const child = spawn(process.execPath, [binary, 'worker', ...args], {
    cwd: tmpdir(),
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killAtExit(child);
  const end = ended(child);
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('is ready')) resolve();
    });
    end.then((how) => reject(new Error(`zincir worker ended: ${JSON.stringify(how)}`)), reject);
  });
  return {
    name: args[1] ?? '',
    pid: child.pid ?? 0,
    ended: end,
    output: () => printed,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return end;
    },
  };
}
