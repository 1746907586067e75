/**
 * RabbitMQ's management API, which counts what AMQP does not tell. It may be away, slow or another program altogether:
 * whatever it does, the caller has an answer within some two seconds, and no password leaves for another address.
 *
 * Source: https://rawcdn.githack.com/rabbitmq/rabbitmq-server/v3.10.8/deps/rabbitmq_management/priv/www/api/index.html
 */
import type { z } from 'zod';
import { splitCredentials } from '../../contract/session.js';
import type { BrokerFault, Told } from '../../engine/operations/queue-ports.js';
import type { RabbitAddress } from './address.js';
import { describeFault } from './unavailable.js';

const answerWithinMs = 2_000;
/** A hundred queues with all that is known of them take a tenth of this. */
const mostBytes = 4 << 20;

export class Management {
  /** Where it is, without user and password. */
  readonly url: string;
  readonly #authorization: string;

  /**
   * @param url such as `https://host:15671`, with user and password where they are not the broker's; null: beside the
   * broker, at the port that it has unless it was told otherwise
   */
  constructor(broker: RabbitAddress, url: string | null) {
    const given = splitCredentials(url ?? besideBroker(broker));
    this.url = given.url.replace(/\/+$/, '').replace(/\/api$/, '');
    const own = Buffer.from(`${broker.username}:${broker.password}`).toString('base64');
    this.#authorization = given.authorization ?? `Basic ${own}`;
  }

  /** `null` where there is nothing at that path. */
  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<Told<z.infer<Schema> | null>> {
    try {
      const response = await fetch(`${this.url}/api${path}`, {
        headers: { authorization: this.#authorization, accept: 'application/json' },
        // A redirect would carry the password to wherever it points.
        redirect: 'manual',
        signal: AbortSignal.timeout(answerWithinMs),
      });
      if (!response.ok) {
        await response.body?.cancel();
        return this.#refused(response.status);
      }
      const parsed = schema.safeParse(parseJson(await readBody(response)));
      if (parsed.success) return { ok: true, answer: parsed.data };
      return this.#fault('MANAGEMENT_RUBBISH', { detail: 'no answer of a management API' });
    } catch (thrown) {
      return this.#failed(thrown);
    }
  }

  #refused(status: number): Told<null> {
    if (status === 404) return { ok: true, answer: null };
    const code = status === 401 || status === 403 ? 'MANAGEMENT_REFUSES' : 'MANAGEMENT_RUBBISH';
    return this.#fault(code, { detail: `HTTP ${status}` });
  }

  #failed(thrown: unknown): Told<never> {
    if (thrown instanceof Error && thrown.name === 'TimeoutError') {
      return this.#fault('MANAGEMENT_SLOW', { seconds: answerWithinMs / 1000 });
    }
    if (thrown instanceof TooLarge)
      return this.#fault('MANAGEMENT_RUBBISH', { detail: `more than ${mostBytes} bytes` });
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
    return this.#fault('MANAGEMENT_UNREACHABLE', { detail: describeFault(cause) });
  }

  #fault(code: BrokerFault['code'], params: BrokerFault['params']): Told<never> {
    return { ok: false, fault: { code, params: { url: this.url, ...params } } };
  }
}

function besideBroker({ hostname, tls }: RabbitAddress): string {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return tls ? `https://${host}:15671` : `http://${host}:15672`;
}

class TooLarge extends Error {}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
