/** The broker for many machines: RabbitMQ, in Celery's words. */
import { hostname } from 'node:os';
import type { Broker, Consumer } from '../../engine/ports.js';
import { parseRabbitUrl } from './address.js';
import { Events, eventExchange } from './celery/events.js';
import { LamportClock } from './celery/lamport-clock.js';
import { Presence } from './celery/presence.js';
import { sentTask } from './celery/task-events.js';
import { Voice } from './celery/voice.js';
import { type BrokerLog, RabbitConnection } from './connection.js';
import { DeadLetters } from './dead-letters.js';
import { Lines } from './lines.js';
import { Management } from './management.js';
import { Publisher } from './publisher.js';
import { rabbitQueues } from './rabbit-queues.js';
import { readServerVersion } from './server-version.js';
import { Subscription } from './subscription.js';
import { receiveTasks } from './task-delivery.js';
import { deadQueue, Topology } from './topology.js';
import { describeFault, unavailable } from './unavailable.js';

export interface RabbitBrokerOptions {
  /** Hears of lost connections, lost consumers and messages put aside. */
  readonly log?: BrokerLog;
  /** Certificates (PEM) that `amqps://` trusts, instead of the system's. */
  readonly ca?: string;
  /** Where the management API is, with user and password where they are not the broker's; by default beside the broker. */
  readonly managementUrl?: string | null;
}

const checkWithinMs = 3_000;
const silent: BrokerLog = { info: () => {}, warn: () => {} };

/**
 * A broker at `amqp://` or `amqps://`; connects when first used. Every queue is made where it is missing.
 * @throws AppError `SETTING_INVALID`
 */
export function createRabbitBroker(
  url: string,
  { log = silent, ca, managementUrl = null }: RabbitBrokerOptions = {},
): Broker {
  const address = parseRabbitUrl(url);
  const self = `zincir-${process.pid}@${hostname()}`;
  const publishing = new RabbitConnection({ address, log, ca, name: `${self} (publishing)` });
  const consuming = new RabbitConnection({ address, log, ca, name: `${self} (consuming)` });
  const topology = new Topology(log);
  const publisher = new Publisher(publishing, topology, self);
  const lines = new Lines(consuming);
  const management = new Management(address, managementUrl);
  const { vhost } = address;
  const letters = new DeadLetters({ connection: publishing, management, vhost });
  const voice = new Voice(publishing, eventExchange);
  const lamport = new LamportClock();
  const sent = new Events({ voice, clock: lamport, hostname: self, now: () => new Date() });
  const presences = new Set<Presence>();
  const subscriptions = new Set<Subscription>();
  const where = `vhost ${address.vhost}`;
  let version: string | null = null;
  let closed: Promise<void> | null = null;

  const closeAll = async (): Promise<void> => {
    await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    await Promise.all([...presences].map((presence) => presence.leave()));
    await Promise.all([publisher.close(), lines.close(), voice.close()]);
    await Promise.all([publishing.close(), consuming.close()]);
  };

  return {
    async publish(message, options) {
      await publisher.publish(message, options?.priority);
      sent.send('task-sent', sentTask(message));
    },
    async consume(queue, prefetch, handle): Promise<Consumer> {
      if (closed) throw unavailable('the connection is closed');
      const receive = receiveTasks({ queue, log, handle });
      const subscription = new Subscription({ connection: consuming, lines, topology, log, queue, prefetch, receive });
      await subscription.open();
      subscriptions.add(subscription);
      return {
        async stop() {
          subscriptions.delete(subscription);
          await subscription.stop();
        },
      };
    },
    introduce(introduced) {
      const presence = new Presence({
        publishing,
        consuming,
        lines,
        topology,
        address,
        log,
        voice,
        lamport,
        introduced,
      });
      presences.add(presence);
      return presence;
    },
    queues: rabbitQueues({ connection: publishing, management, letters, vhost }),
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
