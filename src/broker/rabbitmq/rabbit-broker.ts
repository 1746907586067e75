/** The broker for many machines: RabbitMQ, in Celery's words. */
import { hostname } from 'node:os';
import type { Broker, Consumer } from '../../engine/ports.js';
import { parseRabbitUrl } from './address.js';
import { type BrokerLog, RabbitConnection } from './connection.js';
import { Lines } from './lines.js';
import { Publisher } from './publisher.js';
import { readServerVersion } from './server-version.js';
import { Subscription } from './subscription.js';
import { deadQueue, Topology } from './topology.js';
import { describeFault, unavailable } from './unavailable.js';

export interface RabbitBrokerOptions {
  /** Hears of lost connections, lost consumers and messages put aside. */
  readonly log?: BrokerLog;
  /** Certificates (PEM) that `amqps://` trusts, instead of the system's. */
  readonly ca?: string;
}

const checkWithinMs = 3_000;
const silent: BrokerLog = { info: () => {}, warn: () => {} };

/**
 * A broker at `amqp://` or `amqps://`; connects when first used. Every queue is made where it is missing.
 * @throws AppError `SETTING_INVALID`
 */
export function createRabbitBroker(url: string, { log = silent, ca }: RabbitBrokerOptions = {}): Broker {
  const address = parseRabbitUrl(url);
  const self = `zincir-${process.pid}@${hostname()}`;
  const publishing = new RabbitConnection({ address, log, ca, name: `${self} (publishing)` });
  const consuming = new RabbitConnection({ address, log, ca, name: `${self} (consuming)` });
  const topology = new Topology(log);
  const publisher = new Publisher(publishing, topology, self);
  const lines = new Lines(consuming);
  const subscriptions = new Set<Subscription>();
  const where = `vhost ${address.vhost}`;
  let version: string | null = null;
  let closed: Promise<void> | null = null;

  const closeAll = async (): Promise<void> => {
    await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    await Promise.all([publisher.close(), lines.close()]);
    await Promise.all([publishing.close(), consuming.close()]);
  };

  return {
    publish: (message, options) => publisher.publish(message, options?.priority),
    async consume(queue, prefetch, handle): Promise<Consumer> {
      if (closed) throw unavailable('the connection is closed');
      const options = { connection: consuming, lines, topology, log, queue, prefetch, handle };
      const subscription = new Subscription(options);
      await subscription.open();
      subscriptions.add(subscription);
      return {
        async stop() {
          subscriptions.delete(subscription);
          await subscription.stop();
        },
      };
    },
    async check() {
      try {
        await publisher.probe(deadQueue, checkWithinMs);
        version ??= await readServerVersion(address, ca);
        return {
          ok: publishing.blocked === null,
          detail: [version, where, publishing.blocked].filter(Boolean).join(', '),
        };
      } catch (thrown) {
        version = null;
        return { ok: false, detail: `${where}: ${describeFault(unavailable(thrown).cause ?? thrown)}` };
      }
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
