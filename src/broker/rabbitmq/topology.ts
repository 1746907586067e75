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
import { setTimeout as sleep } from 'node:timers/promises';
import { callQueue, type QueueName, queueNames } from '../../contract/tasks.js';
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

/**
 * How long a queue that was there and is gone stays away before it is made again. RabbitMQ tells the consumers of a
 * deleted queue some 35 ms later; one whose queue is there again by then is never told, counts as a consumer of the new
 * queue, and is given nothing for ever (3.10: always at 20 ms and below, never at 100 ms and above).
 */
const remakeAfterMs = 1_000;

const stepQueueArguments = {
  'x-queue-type': 'quorum',
  'x-delivery-limit': deliveryLimit,
  'x-consumer-timeout': consumerTimeoutMs,
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': deadQueue,
};

const queues: { queue: string; arguments: Record<string, string | number> }[] = [
  {
    queue: deadQueue,
    // To look at a letter counts as a delivery; RabbitMQ 4 would drop it after the twentieth.
    arguments: { 'x-queue-type': 'quorum', 'x-max-length': mostDeadLetters, 'x-delivery-limit': 1_000_000_000 },
  },
  ...queueNames.map((queue) => ({ queue, arguments: stepQueueArguments })),
  // A classic queue, which is what a Celery client declares before it sends: one of any other kind is refused to it.
  // See `docs/decisions/0010-celery-calls.md`.
  { queue: callQueue, arguments: {} },
];

/** A queue as Celery's tools show those of a worker. Source: kombu.entity.Queue.as_dict */
export function describeQueue(name: QueueName | typeof callQueue): object {
  return {
    name,
    // The default one, to which every queue is bound by its name.
    exchange: {
      name: '',
      type: 'direct',
      arguments: null,
      durable: true,
      passive: false,
      auto_delete: false,
      delivery_mode: 2,
      no_declare: true,
    },
    routing_key: name,
    queue_arguments: name === callQueue ? null : stepQueueArguments,
    binding_arguments: null,
    consumer_arguments: null,
    durable: true,
    exclusive: false,
    auto_delete: false,
    no_ack: false,
    alias: null,
    bindings: [],
    no_declare: null,
    expires: null,
    message_ttl: null,
    max_length: null,
    max_length_bytes: null,
    max_priority: null,
  };
}

/** Makes sure that the queues are there, once for as long as nothing says otherwise. */
export class Topology {
  readonly #log: BrokerLog;
  #ready: Promise<void> | null = null;
  /** Whether all queues were there once. */
  #complete = false;

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
    let mayBeDeleted = this.#complete;
    for (const { queue, arguments: wanted } of queues) {
      if (mayBeDeleted && !(await exists(connection, queue))) {
        await sleep(remakeAfterMs);
        mayBeDeleted = false;
      }
      if (await makeQueue(connection, queue, wanted)) this.#log.info({ queue }, 'queue declared');
    }
    this.#complete = true;
  }
}

/** False: it was there. @throws AppError `BROKER_UNAVAILABLE` */
export async function makeQueue(
  connection: RabbitConnection,
  queue: string,
  wanted: Record<string, string | number>,
): Promise<boolean> {
  if (await exists(connection, queue)) return false;
  await connection.use((channel) => channel.queueDeclare({ queue, durable: true, arguments: wanted }));
  return true;
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
