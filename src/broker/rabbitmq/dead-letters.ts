/**
 * Looking at dead letters, and putting them back.
 *
 * AMQP can only take messages and hand them back, and a quorum queue puts what is handed back behind what was handed
 * back before. The order stays if everybody takes the same number from the front, returns all of it together, and
 * nobody else takes any meanwhile: so all of this happens with one window, under a lock. (A consumer of a quorum queue
 * cannot be exclusive; a queue can belong to one connection at a time, and goes with it.)
 * What is handed back counts as delivered once more; the queue is declared with a limit that this never reaches, and
 * where an older one has a low limit (RabbitMQ 4 sets 20 by itself), the letters are not looked at.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncMessage, Channel, Envelope } from 'rabbitmq-client';
import { z } from 'zod';
import type { DeadLetter } from '../../engine/operations/queue-ports.js';
import { nextTurn, type RabbitConnection } from './connection.js';
import type { Management } from './management.js';
import { deadQueue } from './topology.js';
import { faultCode, unavailable, within } from './unavailable.js';

const window = 50;
const lock = 'zincir-dead-letters-lock';
const answerWithinMs = 5_000;
/** Messages that are ready come one after the other; a pause as long as this says that no more will. */
const silenceMs = 1_000;
const mostTries = 50;
const pauseMs = 100;
const lowLimit = 1_000;
const longestBody = 4_000;

const Limits = z.object({
  /** From RabbitMQ 4 on: what counts in the end. */
  delivery_limit: z.union([z.number(), z.string()]).optional(),
  arguments: z.object({ 'x-delivery-limit': z.number().optional() }).catch({}),
});

/** What the broker notes of each time that a message died; the last one first. */
const Deaths = z
  .array(z.object({ queue: z.string(), reason: z.string(), time: z.union([z.date(), z.number()]).optional() }))
  .min(1);

export interface DeadLettersOptions {
  readonly connection: RabbitConnection;
  readonly management: Management;
  readonly vhost: string;
}

export class DeadLetters {
  readonly #options: DeadLettersOptions;
  /** Resolves when nobody in this process has the queue: the lock belongs to our one connection. */
  #free: Promise<unknown> = Promise.resolve();

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** @throws AppError `BROKER_UNAVAILABLE` */
  async peek(limit: number): Promise<DeadLetter[]> {
    if (!(await this.#mayBePeeked())) return [];
    return this.#alone(async (_channel, next) => {
      const expected = Math.min(window, await this.#ready());
      const letters: DeadLetter[] = [];
      while (letters.length < expected) {
        const message = await next();
        if (message === null) break;
        letters.push(letterOf(message));
      }
      return letters.slice(0, limit);
    });
  }

  /** @throws AppError `BROKER_UNAVAILABLE` */
  async move(): Promise<number> {
    return this.#alone(async (channel, next) => {
      const there = await this.#ready();
      await within(answerWithinMs, channel.confirmSelect());
      let [moved, kept] = [0, 0];
      while (moved + kept < there && kept < window) {
        const batch = await upTo(Math.min(window - kept, there - moved - kept), next);
        if (batch.length === 0) break;
        for (const [queue, messages] of byOrigin(batch)) {
          const went = queue !== null && (await this.#isThere(queue)) && (await putBack(channel, queue, messages));
          if (went) for (const { deliveryTag } of messages) channel.basicAck({ deliveryTag });
          if (went) moved += messages.length;
          else kept += messages.length;
        }
      }
      return moved;
    });
  }

  async #mayBePeeked(): Promise<boolean> {
    const { management, vhost } = this.#options;
    const told = await management.get(`/queues/${encodeURIComponent(vhost)}/${deadQueue}`, Limits);
    if (!told.ok || told.answer === null) return false;
    const limit = told.answer.delivery_limit ?? told.answer.arguments['x-delivery-limit'];
    return typeof limit !== 'number' || limit < 0 || limit >= lowLimit;
  }

  async #ready(): Promise<number> {
    const declared = await this.#options.connection.use((channel) =>
      channel.queueDeclare({ queue: deadQueue, passive: true }),
    );
    return declared.messageCount;
  }

  async #isThere(queue: string): Promise<boolean> {
    try {
      await this.#options.connection.use((channel) => channel.queueDeclare({ queue, passive: true }));
      return true;
    } catch (thrown) {
      if (thrown instanceof Error && faultCode(thrown.cause) === 'NOT_FOUND') return false;
      throw thrown;
    }
  }

  /** Runs `work` while nobody else has the queue; what it does not ack goes back, in order. */
  #alone<Result>(work: Work<Result>): Promise<Result> {
    const mine = this.#free.then(() => this.#locked(work));
    this.#free = mine.catch(() => {});
    return mine;
  }

  async #locked<Result>(work: Work<Result>): Promise<Result> {
    const { connection } = this.#options;
    for (let tries = 1; ; tries++) {
      try {
        await connection.use((channel) => channel.queueDeclare({ queue: lock, exclusive: true, autoDelete: true }));
        break;
      } catch (thrown) {
        const taken = thrown instanceof Error && faultCode(thrown.cause) === 'RESOURCE_LOCKED';
        if (!taken || tries === mostTries) throw thrown;
      }
      await sleep(pauseMs * (0.5 + Math.random()));
    }
    try {
      return await this.#taking(work);
    } finally {
      await connection.use((channel) => channel.queueDelete({ queue: lock })).catch(() => {});
    }
  }

  async #taking<Result>(work: Work<Result>): Promise<Result> {
    const channel = await this.#options.connection.channel();
    channel.on('error', () => {});
    const inbox = new Inbox();
    try {
      await within(answerWithinMs, channel.basicQos({ prefetchCount: window }));
      const consume = () => channel.basicConsume({ queue: deadQueue }, (message) => inbox.put(message));
      return await work(channel, async () => {
        inbox.opened ??= within(answerWithinMs, consume());
        await inbox.opened;
        const message = await inbox.take();
        if (message === null && !channel.active) throw unavailable('the connection broke');
        return message;
      });
    } catch (thrown) {
      throw unavailable(thrown);
    } finally {
      await within(answerWithinMs, channel.close()).catch(() => {});
    }
  }
}

/** @param next null: none has come for a while */
type Work<Result> = (channel: Channel, next: () => Promise<AsyncMessage | null>) => Promise<Result>;

/** Messages as they come, for somebody who takes them one by one. */
class Inbox {
  /** Set once messages have been asked for. */
  opened: Promise<unknown> | null = null;
  readonly #messages: AsyncMessage[] = [];
  #awaited: ((message: AsyncMessage) => void) | null = null;

  put(message: AsyncMessage): void {
    if (this.#awaited === null) this.#messages.push(message);
    else this.#awaited(message);
  }

  /** Null: none has come for a while. */
  async take(): Promise<AsyncMessage | null> {
    const ready = this.#messages.shift();
    if (ready !== undefined) return ready;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        this.#awaited = resolve;
        timer = setTimeout(() => resolve(null), silenceMs);
      });
    } finally {
      clearTimeout(timer);
      this.#awaited = null;
    }
  }
}

async function upTo(count: number, next: () => Promise<AsyncMessage | null>): Promise<AsyncMessage[]> {
  const batch: AsyncMessage[] = [];
  while (batch.length < count) {
    const message = await next();
    if (message === null) break;
    batch.push(message);
  }
  return batch;
}

/** By the queue that they came from; null for those that did not come from any, or whose bytes are not known. */
function byOrigin(messages: AsyncMessage[]): Map<string | null, AsyncMessage[]> {
  const groups = new Map<string | null, AsyncMessage[]>();
  for (const message of messages) {
    const queue = bytesOf(message) === null ? null : (deathOf(message)?.queue ?? null);
    groups.set(queue, [...(groups.get(queue) ?? []), message]);
  }
  return groups;
}

/** False: not all of them went, so none may be acked. @throws where the broker did not say that it has them */
async function putBack(channel: Channel, queue: string, messages: AsyncMessage[]): Promise<boolean> {
  let returned = 0;
  const count = () => void returned++;
  channel.on('basic.return', count);
  try {
    const publishing = messages.map((message) => channel.basicPublish(envelopeOf(message, queue), bytesOf(message)));
    await within(answerWithinMs, Promise.all(publishing));
    // A message that no queue took is given back before it is confirmed, but announced one turn later.
    await nextTurn();
    return returned === 0;
  } finally {
    channel.off('basic.return', count);
  }
}

/** As it was. Whole numbers in headers go as 64 bits: the short form is misread by Python (`celery-message.ts`). */
function envelopeOf(message: AsyncMessage, queue: string): Envelope {
  const {
    consumerTag: _,
    deliveryTag: __,
    redelivered: ___,
    body: ____,
    headers,
    userId: _____,
    ...properties
  } = message;
  const { 'x-delivery-count': ______, ...kept } = headers ?? {};
  return { ...properties, exchange: '', routingKey: queue, mandatory: true, headers: wide(kept) };
}

function wide<Value>(value: Value): Value {
  const widened = (inner: unknown): unknown => {
    if (typeof inner === 'number') return Number.isSafeInteger(inner) ? BigInt(inner) : inner;
    if (Array.isArray(inner)) return inner.map(widened);
    if (typeof inner !== 'object' || inner === null || inner instanceof Date || Buffer.isBuffer(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, widened(one)]));
  };
  return widened(value) as Value; // Numbers of any width are numbers to whoever reads them.
}

/** The client library parses what names a media type and no encoding; a text that it could not read is lost. */
function bytesOf({ body }: AsyncMessage): Buffer | null {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return body.includes('\ufffd') ? null : Buffer.from(body);
  return Buffer.from(JSON.stringify(body));
}

const deathOf = ({ headers }: AsyncMessage) => Deaths.safeParse(headers?.['x-death']).data?.[0] ?? null;

function letterOf(message: AsyncMessage): DeadLetter {
  const death = deathOf(message);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  const body = bytesOf(message)?.toString('utf8') ?? String(message.body);
  return {
    taskId: text(message.headers?.id) ?? text(message.correlationId),
    name: text(message.headers?.task),
    from: death?.queue ?? null,
    reason: death?.reason ?? null,
    at: timeOf(death?.time),
    body: body.length > longestBody ? `${body.slice(0, longestBody)}…` : body,
  };
}

/** AMQP's times are seconds. */
function timeOf(time: Date | number | undefined): Date | null {
  if (time === undefined) return null;
  return time instanceof Date ? time : new Date(time * 1000);
}
