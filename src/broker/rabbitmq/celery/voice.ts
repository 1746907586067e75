/**
 * Says things to whoever listens at an exchange, without waiting for anybody: what cannot be said now is dropped.
 * Events and answers are worth nothing late, and no step may wait for them.
 */
import type { Channel, Envelope } from 'rabbitmq-client';
import type { RabbitConnection } from '../connection.js';
import { faultCode, within } from '../unavailable.js';

/** What is said while the channel opens is kept for that moment, as far as this. */
const mostPending = 500;
const pauseAfterFaultMs = 1_000;
const declareWithinMs = 10_000;

export interface Exchange {
  readonly exchange: string;
  readonly type: 'topic' | 'fanout' | 'direct';
  readonly durable: boolean;
}

interface Saying {
  readonly envelope: Envelope;
  readonly body: Buffer;
}

export class Voice {
  readonly #connection: RabbitConnection;
  readonly #exchange: Exchange | null;
  #channel: Channel | null = null;
  #opening: Promise<void> | null = null;
  #silentUntil = 0;
  #pending: Saying[] = [];
  #closed = false;

  /** @param exchange made where it is missing; null: only exchanges of others are spoken to */
  constructor(connection: RabbitConnection, exchange: Exchange | null) {
    this.#connection = connection;
    this.#exchange = exchange;
  }

  say(envelope: Envelope, body: unknown): void {
    if (this.#closed || this.#connection.blocked !== null) return;
    const saying = { envelope: { ...textOf, ...envelope }, body: Buffer.from(JSON.stringify(body)) };
    if (this.#channel?.active) {
      publish(this.#channel, saying);
    } else if (performance.now() >= this.#silentUntil) {
      if (this.#pending.length < mostPending) this.#pending.push(saying);
      void this.open();
    }
  }

  /** Resolves when it can speak, or when it is clear that it cannot now. */
  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** What was said is on its way before this resolves. */
  async close(): Promise<void> {
    await this.#opening;
    this.#closed = true;
    await within(declareWithinMs, this.#channel?.close() ?? Promise.resolve()).catch(() => {});
  }

  async #open(): Promise<void> {
    if (this.#closed || this.#channel?.active) return;
    const pending = () => this.#pending.splice(0);
    try {
      if (this.#exchange !== null) await makeExchange(this.#connection, this.#exchange);
      const channel = await this.#connection.channel();
      channel.on('error', () => {});
      channel.once('close', () => {
        if (this.#channel === channel) this.#channel = null;
      });
      this.#channel = channel;
      for (const saying of pending()) publish(channel, saying);
    } catch {
      this.#silentUntil = performance.now() + pauseAfterFaultMs;
      pending();
    }
  }
}

const textOf = { contentType: 'application/json', contentEncoding: 'utf-8' };

function publish(channel: Channel, { envelope, body }: Saying): void {
  channel.basicPublish(envelope, body).catch(() => {});
}

/**
 * An exchange that is there is taken as it is: some Celery may have made it otherwise.
 * @throws AppError `BROKER_UNAVAILABLE`
 */
export async function makeExchange(connection: RabbitConnection, exchange: Exchange): Promise<void> {
  try {
    await connection.use((channel) => channel.exchangeDeclare({ exchange: exchange.exchange, passive: true }));
  } catch (thrown) {
    if (!(thrown instanceof Error && faultCode(thrown.cause) === 'NOT_FOUND')) throw thrown;
    await connection.use((channel) => channel.exchangeDeclare({ ...exchange }));
  }
}
