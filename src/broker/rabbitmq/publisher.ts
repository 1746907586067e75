/** Publishes tasks and waits until the broker has them for good: on the disks of a majority of the queue's nodes. */
import { randomUUID } from 'node:crypto';
import type { Channel } from 'rabbitmq-client';
import type { TaskMessage } from '../../contract/tasks.js';
import { encodeTask } from './celery-message.js';
import { nextTurn, type RabbitConnection } from './connection.js';
import type { Topology } from './topology.js';
import { unavailable, within } from './unavailable.js';

const confirmWithinMs = 15_000;

interface Line {
  channel: Channel;
  /** Ids of messages that the broker gave back because no queue took them. */
  returned: Set<string>;
}

export class Publisher {
  readonly #connection: RabbitConnection;
  readonly #topology: Topology;
  readonly #origin: string;
  #line: Promise<Line> | null = null;

  constructor(connection: RabbitConnection, topology: Topology, origin: string) {
    this.#connection = connection;
    this.#topology = topology;
    this.#origin = origin;
  }

  /**
   * A message whose fate is unknown (the connection broke before the confirm) counts as not published; its twin, if
   * there is one, does no harm.
   * @throws AppError `BROKER_UNAVAILABLE`
   */
  async publish(message: TaskMessage, priority?: number): Promise<void> {
    if (this.#connection.blocked !== null) throw unavailable(`it takes no messages: ${this.#connection.blocked}`);
    const { channel, returned } = await this.#openLine();
    const { envelope, body } = encodeTask(message, this.#origin, priority);
    const messageId = randomUUID();
    try {
      await within(confirmWithinMs, channel.basicPublish({ ...envelope, messageId, mandatory: true }, body));
    } catch (thrown) {
      throw unavailable(thrown);
    }
    // A message that no queue took is given back first and confirmed then, but announced one turn later.
    await nextTurn();
    if (!returned.delete(messageId)) return;
    this.#topology.forget();
    this.#line = null;
    await channel.close();
    throw unavailable(`there is no queue ${message.name}`);
  }

  /** Whether the broker answers on the line that messages take. @throws AppError `BROKER_UNAVAILABLE` */
  async probe(queue: string, ms: number): Promise<void> {
    const { channel } = await within(ms, this.#openLine());
    await within(ms, channel.queueDeclare({ queue, passive: true })).catch((thrown: unknown) => {
      this.#topology.forget();
      throw unavailable(thrown);
    });
  }

  async close(): Promise<void> {
    const line = await this.#line?.catch(() => null);
    this.#line = null;
    await line?.channel.close();
  }

  async #openLine(): Promise<Line> {
    const current = this.#line;
    const line = await current;
    if (line?.channel.active) return line;
    // Of many who find the line broken, the first one opens a new one.
    if (this.#line === current) {
      const opening = this.#open();
      this.#line = opening;
      opening.catch(() => {
        if (this.#line === opening) this.#line = null;
      });
    }
    return this.#openLine();
  }

  async #open(): Promise<Line> {
    await this.#topology.ensure(this.#connection);
    const channel = await this.#connection.channel();
    const returned = new Set<string>();
    channel.on('error', () => {});
    channel.on('basic.return', ({ messageId }) => {
      if (messageId !== undefined) returned.add(messageId);
    });
    await within(confirmWithinMs, channel.confirmSelect());
    return { channel, returned };
  }
}
