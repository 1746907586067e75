/**
 * Results of tasks, to the queues of those who wait for them: Celery's `rpc` result backend.
 *
 * Source: celery.backends.rpc.RPCBackend, celery.backends.base.Backend.exception_to_python
 */
import type { Channel } from 'rabbitmq-client';
import type { RabbitConnection } from '../connection.js';
import { unavailable, within } from '../unavailable.js';
import type { Call } from './call.js';

const confirmWithinMs = 15_000;

export interface CallResult {
  readonly status: 'STARTED' | 'SUCCESS' | 'FAILURE' | 'REVOKED';
  readonly result: unknown;
  readonly traceback: string | null;
}

/** As Celery tells of an exception; without a module the client makes a class of that name. */
export function exceptionResult(
  status: 'FAILURE' | 'REVOKED',
  exception: { type: string; message: string; module?: string; traceback?: string | null },
): CallResult {
  const { type, message, module = null, traceback = null } = exception;
  return { status, result: { exc_type: type, exc_message: [message], exc_module: module }, traceback };
}

export class Results {
  readonly #connection: RabbitConnection;
  #channel: Channel | null = null;

  constructor(connection: RabbitConnection) {
    this.#connection = connection;
  }

  /** Resolves once the broker has it; a queue that is gone takes it too, as nobody waits. @throws AppError `BROKER_UNAVAILABLE` */
  async send(call: Call, { status, result, traceback }: CallResult): Promise<void> {
    if (call.replyTo === null) return;
    const channel = await this.#open();
    const envelope = {
      exchange: '',
      routingKey: call.replyTo,
      correlationId: call.id,
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      durable: true,
    };
    const body = { task_id: call.id, status, result, traceback, children: [] };
    try {
      await within(confirmWithinMs, channel.basicPublish(envelope, Buffer.from(JSON.stringify(body))));
    } catch (thrown) {
      throw unavailable(thrown);
    }
  }

  async close(): Promise<void> {
    await within(confirmWithinMs, this.#channel?.close() ?? Promise.resolve()).catch(() => {});
  }

  async #open(): Promise<Channel> {
    if (this.#channel?.active) return this.#channel;
    const channel = await this.#connection.channel();
    channel.on('error', () => {});
    await within(confirmWithinMs, channel.confirmSelect());
    this.#channel = channel;
    return channel;
  }
}
