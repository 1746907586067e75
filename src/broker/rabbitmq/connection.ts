/**
 * One connection to RabbitMQ, made when it is first needed and remade for ever, with backoff and jitter, until closed.
 * Publishing and consuming each have one of their own: a broker that is low on memory stops reading from those that
 * publish, and acks must pass then too.
 */
import type { Channel, Connection } from 'rabbitmq-client';
import type { RabbitAddress } from './address.js';
import { describeFault, unavailable, within } from './unavailable.js';

/** What the broker says about itself; pino's loggers fit. */
export interface BrokerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ConnectionOptions {
  readonly address: RabbitAddress;
  /** Shown in RabbitMQ's management pages. */
  readonly name: string;
  readonly log: BrokerLog;
  /** For `amqps://` with a certificate authority of one's own. */
  readonly ca?: string;
}

/** How long somebody waits for a connection that is being remade. */
const patienceMs = 5_000;
const firstPatienceMs = 2_000;
const shortestBackoffMs = 200;
const longestBackoffMs = 5_000;

export class RabbitConnection {
  readonly #options: ConnectionOptions;
  #connection: Promise<Connection> | null = null;
  #closed = false;
  #seen = false;
  #fault: string | null = null;
  /** Why the broker takes no messages at the moment, though it is connected. */
  blocked: string | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** A channel of one's own; its owner closes it. @throws AppError `BROKER_UNAVAILABLE` */
  async channel(): Promise<Channel> {
    if (this.#closed) throw unavailable('the connection is closed');
    this.#connection ??= this.#connect();
    const connection = await this.#connection;
    // An address at which nobody has ever answered is more likely wrong than between two states.
    const patience = this.#seen ? patienceMs * 2 : firstPatienceMs;
    try {
      return await within(patience, connection.acquire({ emitErrorsFromChannel: true }));
    } catch (thrown) {
      throw this.#fault === null ? unavailable(thrown) : unavailable(this.#fault);
    }
  }

  /** Does something on a channel that is closed afterwards. @throws AppError `BROKER_UNAVAILABLE`, with its cause */
  async use<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    const channel = await this.channel();
    channel.on('error', () => {});
    try {
      return await within(patienceMs, work(channel));
    } catch (thrown) {
      throw unavailable(thrown);
    } finally {
      await within(patienceMs, channel.close()).catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection;
    if (!connection) return;
    await within(patienceMs, connection.close()).catch(() => connection.unsafeDestroy());
  }

  async #connect(): Promise<Connection> {
    const { address, name, log, ca } = this.#options;
    const { Connection } = await import('rabbitmq-client');
    const { hostname, port, username, password, vhost, tls, heartbeatSeconds } = address;
    const connection = new Connection({
      hostname,
      port,
      username,
      password,
      vhost,
      tls: tls ? { ca } : undefined,
      connectionName: name,
      heartbeat: heartbeatSeconds,
      // A message is several writes: on a connection at rest the second would wait 40 ms for the first one's receipt.
      noDelay: true,
      acquireTimeout: patienceMs,
      retryLow: shortestBackoffMs,
      retryHigh: longestBackoffMs,
    });
    connection.on('error', (thrown) => {
      this.#fault = describeFault(thrown);
      this.blocked = null;
      log.warn({ host: hostname, detail: this.#fault }, 'the connection to RabbitMQ is lost; trying again');
    });
    connection.on('connection', () => {
      if (this.#fault !== null) log.info({ host: hostname }, 'connected to RabbitMQ again');
      this.#fault = null;
      this.#seen = true;
    });
    connection.on('connection.blocked', (reason) => {
      this.blocked = reason;
      log.warn({ host: hostname, reason }, 'RabbitMQ takes no messages for now');
    });
    connection.on('connection.unblocked', () => {
      this.blocked = null;
    });
    return connection;
  }
}

/** A turn of the event loop: the client library announces returns and deliveries one turn after their frames. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
