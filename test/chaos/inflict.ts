/** Does the faults to a deployment. Each resolves when it is over and healed. */
import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StepName } from '../../src/contract/entities.js';
import type { TaskMessage } from '../../src/contract/tasks.js';
import { queueNames, queueOf } from '../../src/contract/tasks.js';
import type { Broker } from '../../src/engine/ports.js';
import { rabbitmqctl } from '../support/rabbitmq.js';
import type { Deployment } from './deployment.js';
import type { Node } from './node.js';
import { clockOffsetOf, type Fault } from './plan.js';

const run = promisify(execFile);

/** @returns what was hit, for the record; null: there was nothing to hit */
export async function inflict(fault: Fault, deployment: Deployment, stranger: Broker): Promise<string | null> {
  const { kind, forMs, choice } = fault;
  const { nodes, vhost, control, database } = deployment;
  const node: Node = nodes[fault.node ?? 'server'];
  const all = Object.values(nodes);
  switch (kind) {
    case 'kill worker':
    case 'kill server':
      node.kill(forMs, false);
      return '';
    case 'replace worker':
      node.kill(forMs, true);
      return '';
    case 'stop worker':
      node.restart();
      return '';
    case 'kill child': {
      const children = node.children();
      const child = children[Math.floor(choice * children.length)];
      if (child === undefined) return null;
      try {
        process.kill(child, 'SIGKILL');
      } catch {
        return null;
      }
      return `1 of ${children.length}`;
    }
    case 'freeze worker':
    case 'freeze server': {
      const thaw = node.freeze();
      await sleep(forMs);
      thaw();
      return '';
    }
    case 'close broker connections':
      return whereThereIsOne(async () => {
        await rabbitmqctl('close_all_connections', '--vhost', vhost.name, 'chaos');
        return '';
      });
    case 'cut broker connections':
      node.broker.proxy.cut();
      return '';
    case 'broker away':
      await closed(
        all.map((each) => each.broker),
        forMs,
      );
      return '';
    case 'restart broker':
      return atOnce(broker, async () => {
        await rabbitmqctl('stop_app');
        await sleep(forMs);
        await rabbitmqctl('start_app');
      });
    case 'restart database':
      return atOnce(cluster, () => restartPostgres(database.url));
    case 'terminate database backends':
      return terminate(deployment);
    case 'cut database connections':
      node.database.proxy.cut();
      return '';
    case 'database away': {
      const healed = closed(
        all.map((each) => each.database),
        forMs,
      );
      await terminate(deployment);
      await healed;
      return '';
    }
    case 'partition node':
      await closed([node.database], forMs);
      return '';
    case 'double messages': {
      const { rows } = await control.query<{ id: number; workflow_id: number; name: StepName; task_id: string }>(
        'SELECT id, workflow_id, name, task_id FROM workflow_step WHERE task_id IS NOT NULL ORDER BY id',
      );
      const doubled = rows.filter((_, i) => (i * 0.618 + choice) % 1 < 0.3).slice(-20);
      for (const row of doubled) {
        const message: TaskMessage = {
          id: row.task_id,
          name: queueOf(row.name),
          args: [row.id],
          kwargs: { workflowId: row.workflow_id },
          retries: 0,
        };
        await stranger.publish(message).catch(() => {});
      }
      return doubled.length > 0 ? `${doubled.length} messages` : null;
    }
    case 'lose messages': {
      return whereThereIsOne(() =>
        vhost.asStranger(async (client) => {
          let lost = 0;
          for (const queue of queueNames) lost += (await client.queuePurge({ queue })).messageCount;
          return `${lost} messages`;
        }),
      );
    }
    case 'fill disk':
      return deployment.disk === null ? null : fillDisk(deployment.disk, forMs);
    case 'step clock':
      node.setClock(clockOffsetOf(fault));
      await sleep(forMs);
      node.setClock(0);
      return '';
  }

  async function terminate(_: Deployment): Promise<string> {
    const name = new URL(database.url).pathname.slice(1);
    const { rowCount } = await control.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'zincir'`,
      [name],
    );
    return `${rowCount} backends`;
  }
}

/** A fault that needs the broker to be there finds nothing to hit while another one has stopped it. */
async function whereThereIsOne(hit: () => Promise<string>): Promise<string | null> {
  const { stops } = broker;
  try {
    return await hit();
  } catch (thrown) {
    if (broker.stopped || broker.stops > stops) return null;
    throw thrown;
  }
}

const broker = { stopped: false, stops: 0 };
const cluster = { stopped: false, stops: 0 };

/** A server that is stopped cannot be stopped. */
async function atOnce(server: typeof broker, restart: () => Promise<void>): Promise<string | null> {
  if (server.stopped) return null;
  server.stopped = true;
  server.stops++;
  try {
    await restart();
    return '';
  } finally {
    server.stopped = false;
  }
}

/** The cluster of Debian's PostgreSQL that listens where the address says. */
async function restartPostgres(url: string): Promise<void> {
  const port = new URL(url).port || '5432';
  const { stdout } = await run('pg_lsclusters', ['-h']);
  const [version, name] =
    stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find((words) => words[2] === port) ?? [];
  if (version === undefined || name === undefined) throw new Error(`pg_lsclusters knows no cluster on port ${port}`);
  await run('pg_ctlcluster', ['--skip-systemctl-redirect', version, name, 'restart']);
}

async function closed(wires: Node['database'][], forMs: number): Promise<void> {
  await Promise.all(wires.map((wire) => wire.close()));
  await sleep(forMs);
  await Promise.all(wires.map((wire) => wire.open()));
}

async function fillDisk(disk: string, forMs: number): Promise<string> {
  const filler = path.join(disk, 'filler');
  const handle = await open(filler, 'w');
  const block = Buffer.alloc(1 << 20, 1);
  try {
    for (const size of [block.length, 4096]) {
      try {
        for (;;) await handle.write(block, 0, size);
      } catch {
        // No space for so much.
      }
    }
    await sleep(forMs);
  } finally {
    await handle.close();
    await rm(filler, { force: true });
  }
  return '';
}
