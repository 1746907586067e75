/** A server, two workers, and a database, a virtual host and a disk of their own. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createPostgresDatabase, type TestDatabase } from '../support/database.js';
import { createVhost, type TestVhost } from '../support/rabbitmq.js';
import { type Control, openControl } from './control.js';
import { Node } from './node.js';
import { leaseSeconds, type NodeName, workerNames } from './plan.js';

const run = promisify(execFile);
const slots = 2;

export interface Deployment {
  url: string;
  directory: string;
  /** Where the files lie; the disk of its own is mounted above it. */
  filesDirectory: string;
  /** Text that every process of this deployment has in its environment. */
  mark: string;
  /** Null where no disk of its own could be mounted. */
  disk: string | null;
  nodes: Record<NodeName, Node>;
  vhost: TestVhost;
  database: TestDatabase;
  control: Control;
  /** @param keep leaves directory and database for someone to look at */
  close(keep: boolean): Promise<void>;
}

export async function openDeployment(diskMegabytes: number): Promise<Deployment> {
  const directory = mkdtempSync(path.join(tmpdir(), 'zincir-chaos-'));
  const mounted = path.join(directory, 'disk');
  mkdirSync(mounted);
  const disk = (await mount(mounted, diskMegabytes)) ? mounted : null;
  const filesDirectory = path.join(mounted, 'files');
  const mark = pathToFileURL(filesDirectory).href;
  const database = await createPostgresDatabase();
  const vhost = await createVhost();
  const control = openControl(database.url);
  const port = await freePort();
  const node = (name: NodeName, args: string[]) =>
    Node.open({
      name,
      args,
      directory,
      databaseUrl: database.url,
      brokerUrl: vhost.url,
      env: {
        ZINCIR_STORAGE_URL: mark,
        ZINCIR_LEASE_SECONDS: String(leaseSeconds),
        ZINCIR_GRACE_SECONDS: '10',
        ZINCIR_LOG_LEVEL: 'warn',
        ZINCIR_DATA_DIR: path.join(directory, 'data'),
      },
    });
  const worker = ['worker', '--concurrency', String(slots)];
  const nodes = {
    server: await node('server', ['start', '--no-worker', '--port', String(port)]),
    [workerNames[0]]: await node(workerNames[0], worker),
    [workerNames[1]]: await node(workerNames[1], worker),
  };
  return {
    url: `http://127.0.0.1:${port}`,
    directory,
    filesDirectory,
    mark,
    disk,
    nodes,
    vhost,
    database,
    control,
    async close(keep) {
      await Promise.all(Object.values(nodes).map((each) => each.close()));
      await control.end();
      await vhost.drop();
      if (keep) {
        await database.store.close();
        return;
      }
      await database.drop();
      if (disk !== null) await run('umount', [disk]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function mount(directory: string, megabytes: number): Promise<boolean> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
