/**
 * A worker's mailbox for Celery's remote control: a queue at the exchange that every request goes to. It comes back by
 * itself after a broken connection; requests of the time in between are gone, as they are for Celery's own workers.
 *
 * The queue is this connection's alone: of two workers of one name, one answers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncMessage, Channel } from 'rabbitmq-client';
import type { BrokerLog, RabbitConnection } from '../connection.js';
import { describeFault, unavailable, within } from '../unavailable.js';
import { type Exchange, makeExchange } from './voice.js';

export const controlExchange: Exchange = { exchange: 'celery.pidbox', type: 'fanout', durable: false };
/** How long the queue outlives its consumer, and a request may lie in it; Celery's own numbers. */
const queueArguments = { 'x-expires': 10_000, 'x-message-ttl': 300_000 };

const answerWithinMs = 10_000;
const shortestPauseMs = 200;
const longestPauseMs = 5_000;

export interface MailboxOptions {
  readonly connection: RabbitConnection;
  readonly log: BrokerLog;
  /** Name of the node that it belongs to. */
  readonly node: string;
  readonly receive: (message: AsyncMessage) => void;
  /** Called whenever it has become reachable. */
  readonly opened: () => void;
}

export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #stop = new AbortController();
  #channel: Channel | null = null;

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /** Resolves after the first try; where that failed, it is tried again until it is closed. */
  async open(): Promise<void> {
    if (!(await this.#tried())) void this.#openUntilDone();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await within(answerWithinMs, this.#channel?.close() ?? Promise.resolve()).catch(() => {});
  }

  async #openUntilDone(): Promise<void> {
    const { signal } = this.#stop;
    for (let pauseMs = shortestPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      if (signal.aborted || (await this.#tried())) return;
    }
  }

  async #tried(): Promise<boolean> {
    const { node, log, opened } = this.#options;
    try {
      await this.#consume();
      opened();
      return true;
    } catch (thrown) {
      log.warn({ node, detail: describeFault(thrown) }, 'remote control cannot reach this worker yet');
      return false;
    }
  }

  async #consume(): Promise<void> {
    const { connection, node, receive } = this.#options;
    await makeExchange(connection, controlExchange);
    const channel = await connection.channel();
    let reason = 'the channel closed';
    channel.on('error', (thrown) => {
      reason = describeFault(thrown);
    });
    try {
      const queue = `${node}.celery.pidbox`;
      const declared = { queue, exclusive: true, autoDelete: true, arguments: queueArguments };
      await within(answerWithinMs, channel.queueDeclare(declared));
      await within(answerWithinMs, channel.queueBind({ queue, exchange: controlExchange.exchange }));
      await within(answerWithinMs, channel.basicConsume({ queue, noAck: true }, receive));
    } catch (thrown) {
      void channel.close();
      throw unavailable(thrown);
    }
    if (this.#stop.signal.aborted) return void channel.close();
    this.#channel = channel;
    const lost = (why: string) => this.#comeBack(channel, why);
    channel.once('basic.cancel', () => lost('the broker cancelled the consumer'));
    channel.once('close', () => lost(reason));
    if (!channel.active) lost(reason);
  }

  #comeBack(channel: Channel, reason: string): void {
    if (this.#channel !== channel || this.#stop.signal.aborted) return;
    this.#channel = null;
    void channel.close();
    const { log, node } = this.#options;
    log.warn({ node, reason }, 'remote control has lost this worker; it comes back');
    void this.#openUntilDone();
  }
}
