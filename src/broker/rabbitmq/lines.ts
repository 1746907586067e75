/**
 * Channels that carry deliveries. A message must be acked on the channel that brought it, so a line outlives the
 * consumer it served until its last message is settled; then the next consumer has it, which saves opening one.
 */
import type { AsyncMessage, Channel } from 'rabbitmq-client';
import type { RabbitConnection } from './connection.js';
import { within } from './unavailable.js';

const answerWithinMs = 10_000;

export type Settlement = 'ack' | 'requeue' | 'dead-letter';

export class Line {
  readonly channel: Channel;
  /** Called when nothing more will come: the channel closed, or the broker cancelled the consumer. */
  ended: ((reason: string) => void) | null = null;
  #reason = 'the channel closed';
  #prefetch = 0;
  #unsettled = 0;
  #served: (() => void) | null = null;

  constructor(channel: Channel) {
    this.channel = channel;
    channel.on('error', (thrown: Error) => {
      this.#reason = thrown.message;
    });
    channel.on('close', () => this.ended?.(this.#reason));
    channel.on('basic.cancel', () => this.ended?.('the broker cancelled the consumer'));
  }

  async setPrefetch(count: number): Promise<void> {
    if (count === this.#prefetch) return;
    await within(answerWithinMs, this.channel.basicQos({ prefetchCount: count }));
    this.#prefetch = count;
  }

  /** @return settles the message, once; on a channel that is gone the broker has settled it by itself */
  take({ deliveryTag }: AsyncMessage): (how: Settlement) => void {
    this.#unsettled++;
    let settled = false;
    return (how) => {
      if (settled) return;
      settled = true;
      this.#unsettled--;
      if (this.channel.active) this.#settle(deliveryTag, how);
      if (this.#unsettled === 0) this.#served?.();
    };
  }

  /** Calls back as soon as no message of this line is out. */
  whenServed(served: () => void): void {
    this.#served = () => {
      this.#served = null;
      served();
    };
    if (this.#unsettled === 0) this.#served();
  }

  #settle(deliveryTag: number, how: Settlement): void {
    try {
      if (how === 'ack') this.channel.basicAck({ deliveryTag });
      else this.channel.basicNack({ deliveryTag, requeue: how === 'requeue' });
    } catch {
      // It closed this very moment: the message comes again, and finds its step claimed or done.
    }
  }
}

export class Lines {
  readonly #connection: RabbitConnection;
  readonly #all = new Set<Line>();
  #idle: Line[] = [];

  constructor(connection: RabbitConnection) {
    this.#connection = connection;
  }

  /** @throws AppError `BROKER_UNAVAILABLE` */
  async open(prefetch: number): Promise<Line> {
    const line = this.#idle.pop() ?? (await this.#make());
    if (!line.channel.active) return this.open(prefetch);
    await line.setPrefetch(prefetch);
    return line;
  }

  /** Takes a line back whose consumer is cancelled. */
  release(line: Line): void {
    line.ended = null;
    line.whenServed(() => {
      if (line.channel.active) this.#idle.push(line);
    });
  }

  /** Messages that are not settled go back to their queues. */
  async close(): Promise<void> {
    this.#idle = [];
    await Promise.all([...this.#all].map(({ channel }) => within(answerWithinMs, channel.close()).catch(() => {})));
  }

  async #make(): Promise<Line> {
    const line = new Line(await this.#connection.channel());
    this.#all.add(line);
    line.channel.once('close', () => this.#all.delete(line));
    return line;
  }
}
