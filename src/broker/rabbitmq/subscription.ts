/**
 * A consumer that comes back by itself: after a broken connection, a broker restart, a channel that the broker closed
 * because a message was held too long, and a queue that was deleted and is declared again.
 *
 * The client library has one too; it waits for all handlers to end before it consumes again, and ours may run for days.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncMessage } from 'rabbitmq-client';
import type { Consumer } from '../../engine/ports.js';
import { tagOf } from '../consumer-tag.js';
import { type BrokerLog, nextTurn, type RabbitConnection } from './connection.js';
import type { Line, Lines, Settlement } from './lines.js';
import type { Topology } from './topology.js';
import { describeFault, faultCode, unavailable, within } from './unavailable.js';

const answerWithinMs = 10_000;
const shortestPauseMs = 100;
const longestPauseMs = 5_000;

/** Tells operators which process consumes. */
const ownTag = (): string => tagOf(process.pid, hostname(), randomUUID().slice(0, 8));

/** A message that is out. */
export interface Hold {
  /** Once; on a channel that is gone the broker has settled it by itself. */
  settle(how: Settlement): void;
  /** False: somebody else is given the message by now. */
  isOurs(): boolean;
}

export interface SubscriptionOptions {
  readonly connection: RabbitConnection;
  readonly lines: Lines;
  readonly topology: Topology;
  readonly log: BrokerLog;
  readonly queue: string;
  readonly prefetch: number;
  readonly receive: (received: AsyncMessage, hold: Hold) => void;
}

export class Subscription implements Consumer {
  readonly #options: SubscriptionOptions;
  readonly #stop = new AbortController();
  #attached: { line: Line; consumerTag: string } | null = null;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** @throws AppError `BROKER_UNAVAILABLE` when the first try fails; later ones are repeated until `stop` */
  async open(): Promise<void> {
    const { connection, lines, topology, queue, prefetch } = this.#options;
    await topology.ensure(connection);
    const line = await lines.open(prefetch);
    line.ended = (reason) => this.#comeBack(line, reason);
    try {
      const consuming = line.channel.basicConsume({ queue, consumerTag: ownTag() }, (message) =>
        this.#receive(line, message),
      );
      const { consumerTag } = await within(answerWithinMs, consuming);
      this.#attached = { line, consumerTag };
    } catch (thrown) {
      line.ended = null;
      if (faultCode(thrown) === 'NOT_FOUND') topology.forget();
      // It may have become a consumer after all; with its channel it is none.
      void line.channel.close();
      throw unavailable(thrown);
    }
    if (!line.channel.active) this.#comeBack(line, 'the channel closed');
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#detach();
  }

  async #detach(): Promise<void> {
    const attached = this.#attached;
    this.#attached = null;
    if (attached === null) return;
    const { line, consumerTag } = attached;
    line.ended = null;
    try {
      await within(answerWithinMs, line.channel.basicCancel({ consumerTag }));
    } catch {
      void line.channel.close();
    }
    // What was on its way meanwhile comes now, and is handed back.
    await nextTurn();
    this.#options.lines.release(line);
  }

  #comeBack(line: Line, reason: string): void {
    if (this.#attached?.line !== line || this.#stop.signal.aborted) return;
    this.#attached = null;
    line.ended = null;
    // The broker cancels a consumer without closing its channel when the queue goes; messages of it can still be acked.
    this.#options.lines.release(line);
    this.#options.topology.forget();
    this.#options.log.warn({ queue: this.#options.queue, reason }, 'a consumer was lost; it comes back');
    void this.openUntilDone();
  }

  /** Opens, however long that takes; ends with `stop`. */
  async openUntilDone(): Promise<void> {
    const { signal } = this.#stop;
    for (let pauseMs = shortestPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.open();
        if (signal.aborted) return await this.#detach();
        this.#options.log.info({ queue: this.#options.queue }, 'consuming again');
        return;
      } catch (thrown) {
        this.#options.log.warn({ queue: this.#options.queue, detail: describeFault(thrown) }, 'cannot consume yet');
      }
    }
  }

  #receive(line: Line, received: AsyncMessage): void {
    const settle = line.take(received);
    if (this.#stop.signal.aborted) {
      settle('requeue');
      return;
    }
    this.#options.receive(received, { settle, isOurs: () => line.channel.active });
  }
}
