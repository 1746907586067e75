/** RabbitMQ for tests: a virtual host of one's own on a server that answers. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { Connection } from 'rabbitmq-client';
import { splitCredentials } from '../../src/contract/session.js';

export const serverUrl = process.env.ZINCIR_TEST_AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';

/** Its management API, as the addresses of both say. */
export const managementUrl = process.env.ZINCIR_TEST_RABBITMQ_API_URL ?? managementOf(serverUrl);

function managementOf(amqp: string): string {
  const { username, password, hostname } = new URL(amqp);
  return `http://${username}:${password}@${hostname}:15672/api/`;
}

/** What a test that needs a RabbitMQ server says when it is skipped. */
export const rabbitMissing = `needs a RabbitMQ server at ${new URL(serverUrl).host} (set ZINCIR_TEST_AMQP_URL) and rabbitmqctl`;

const run = promisify(execFile);

export async function rabbitmqctl(...words: string[]): Promise<string> {
  return (await run('rabbitmqctl', ['-q', ...words])).stdout;
}

/** Where one must be, a slow answer is an answer: no retry forgives a file that cannot begin. */
const patienceMs = process.env.CI === 'true' ? 30_000 : 2_000;

/** Whether a server answers; in CI one must. */
export async function findRabbit(): Promise<boolean> {
  const connection = new Connection(serverUrl);
  connection.on('error', () => {});
  try {
    await connection.onConnect(patienceMs, true);
    await rabbitmqctl('list_vhosts');
    return true;
  } catch (thrown) {
    if (process.env.CI === 'true') throw thrown;
    return false;
  } finally {
    connection.unsafeDestroy();
  }
}

const { url: managementPlace, authorization } = splitCredentials(managementUrl);

/** What a test that needs the management API says when it is skipped. */
export const managementMissing = `needs RabbitMQ's management API at ${managementPlace} (rabbitmq-plugins enable rabbitmq_management)`;

/** Whether it answers; in CI it must. */
export async function findManagement(): Promise<boolean> {
  try {
    const headers = { authorization: authorization ?? '' };
    const { status } = await fetch(`${managementPlace}/overview`, { headers, signal: AbortSignal.timeout(patienceMs) });
    if (status === 200) return true;
    throw new Error(`${managementPlace} answers ${status}`);
  } catch (thrown) {
    if (process.env.CI === 'true') throw thrown;
    return false;
  }
}

export interface TestVhost {
  name: string;
  url: string;
  /** A client that keeps none of our rules. */
  asStranger<Result>(work: (stranger: Connection) => Promise<Result>): Promise<Result>;
  /** Messages that are ready in a queue, as the queue counts them; `rabbitmqctl` is seconds late. */
  depth(queue: string): Promise<number>;
  drop(): Promise<void>;
}

/** An empty virtual host; tests that run at the same time do not see each other's queues. */
export async function createVhost(): Promise<TestVhost> {
  const name = `zincir-test-${randomUUID().slice(0, 8)}`;
  const address = new URL(serverUrl);
  await rabbitmqctl('add_vhost', name);
  await rabbitmqctl('set_permissions', '-p', name, decodeURIComponent(address.username), '.*', '.*', '.*');
  address.pathname = `/${name}`;
  const asStranger: TestVhost['asStranger'] = async (work) => {
    const stranger = new Connection(address.href);
    stranger.on('error', () => {});
    try {
      return await work(stranger);
    } finally {
      await stranger.close();
    }
  };
  return {
    name,
    url: address.href,
    asStranger,
    depth: (queue) =>
      asStranger(async (stranger) => (await stranger.queueDeclare({ queue, passive: true })).messageCount ?? 0),
    async drop() {
      await rabbitmqctl('delete_vhost', name);
    },
  };
}

/** Of the server's own command line, which is of the same version. */
export async function rabbitVersion(): Promise<{ text: string; major: number; minor: number }> {
  const text = (await rabbitmqctl('version')).trim();
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return { text, major, minor };
}
