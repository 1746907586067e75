/**
 * The queues. One a step, `zincir.<step>`, and `zincir.dead` for what no worker can read or what came back too often;
 * all of them durable quorum queues, published to through the default exchange.
 *
 * Two things a task queue often has are left out on purpose:
 * - No queues for delays. A retry waits in the database (`retryAt`) and is published when it is due: a delay there
 *   survives the broker, is shown to the user, and needs no queue for each length of time (one queue with a TTL for
 *   each message would let a long delay block the short ones behind it).
 * - No `x-max-priority`: quorum queues refuse it. The priority of a message is set all the same; RabbitMQ 4 keeps two
 *   levels for quorum queues (0 to 4, and 5 and above), RabbitMQ 3 none, so there it is first come, first served.
 */
import { queueNames } from '../../contract/tasks.js';
import type { BrokerLog, RabbitConnection } from './connection.js';
import { faultCode } from './unavailable.js';

export const deadQueue = 'zincir.dead';

/**
 * A net below the database's own count of attempts, for messages that end their worker before it can count them. Being
 * handed back by a busy worker counts too (RabbitMQ cannot tell it from a fault), so it is far from the usual limits;
 * a step whose message ended here is found and published anew.
 */
const deliveryLimit = 100;

/** A day of dead letters is enough to look at; the queue must not fill the broker's disk. */
const mostDeadLetters = 10_000;

/**
 * How long a message may stay unacked: longer than any step. Taken from RabbitMQ 3.12 on; before, the server's own
 * limit (30 minutes by default) closes the channel, the message goes to somebody who finds its step claimed, and the
 * consumer comes back by itself.
 */
const consumerTimeoutMs = 14 * 24 * 3600 * 1000;

const stepQueueArguments = {
  'x-queue-type': 'quorum',
  'x-delivery-limit': deliveryLimit,
  'x-consumer-timeout': consumerTimeoutMs,
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': deadQueue,
};

const queues: { queue: string; arguments: Record<string, string | number> }[] = [
  { queue: deadQueue, arguments: { 'x-queue-type': 'quorum', 'x-max-length': mostDeadLetters } },
  ...queueNames.map((queue) => ({ queue, arguments: stepQueueArguments })),
];

/** Makes sure that the queues are there, once for as long as nothing says otherwise. */
export class Topology {
  readonly #log: BrokerLog;
  #ready: Promise<void> | null = null;

  constructor(log: BrokerLog) {
    this.#log = log;
  }

  /** @throws AppError `BROKER_UNAVAILABLE` */
  ensure(connection: RabbitConnection): Promise<void> {
    this.#ready ??= this.#declare(connection).catch((thrown: unknown) => {
      this.#ready = null;
      throw thrown;
    });
    return this.#ready;
  }

  /** A queue was found missing: look again before the next use. */
  forget(): void {
    this.#ready = null;
  }

  async #declare(connection: RabbitConnection): Promise<void> {
    for (const { queue, arguments: wanted } of queues) {
      if (await exists(connection, queue)) continue;
      await connection.use((channel) => channel.queueDeclare({ queue, durable: true, arguments: wanted }));
      this.#log.info({ queue }, 'queue declared');
    }
  }
}

/**
 * A queue that is there is taken as it is, whatever its arguments: another version of this program, or an operator,
 * may have made it with others, and declaring it anew with ours would only be refused.
 */
async function exists(connection: RabbitConnection, queue: string): Promise<boolean> {
  try {
    await connection.use((channel) => channel.queueDeclare({ queue, passive: true }));
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && faultCode(thrown.cause) === 'NOT_FOUND') return false;
    throw thrown;
  }
}
