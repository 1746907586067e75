/**
 * A task as a Celery message of protocol 2: what it is stands in the headers, its arguments in the body as
 * `[args, kwargs, {callbacks, errbacks, chain, chord}]`, so that Python workers, clients and Flower read it as theirs.
 *
 * Source: https://docs.celeryq.dev/en/stable/internals/protocol.html
 */
import { unzipSync } from 'node:zlib';
import type { AsyncMessage, Envelope } from 'rabbitmq-client';
import { z } from 'zod';
import { TaskMessage } from '../../contract/tasks.js';
import { pythonRepr, pythonTuple } from './celery/python-repr.js';

/** AMQP has one byte for it, Celery uses 0 to 9. */
const mostPriority = 9;

export interface CeleryEnvelope {
  envelope: Envelope;
  body: Buffer;
}

/**
 * @param origin who sends it, such as `zincir-12@host`
 * @param priority 0 to 9; see `topology.ts` for what the queues make of it
 */
export function encodeTask(message: TaskMessage, origin: string, priority = 0): CeleryEnvelope {
  const { traceparent } = message;
  const more = traceparent === undefined ? {} : { traceparent };
  return encode({ ...message, queue: message.name, parentId: null, replyTo: undefined }, origin, priority, more);
}

export interface SentTask {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly retries: number;
  readonly parentId: string | null;
  /** Queue that the result is to go to. */
  readonly replyTo: string | undefined;
}

export function encode(task: SentTask, origin: string, priority: number, more: object = {}): CeleryEnvelope {
  const { id, name, queue, args, kwargs, retries, parentId, replyTo } = task;
  const headers = {
    lang: 'js',
    task: name,
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    group_index: null,
    // A number below 32768 would go out as AMQP's `s`, which Celery's client reads as a short string: the rest of the
    // headers is rubbish then. A BigInt is written as 64 bits, which all of them read.
    retries: BigInt(retries),
    timelimit: [null, null],
    root_id: parentId ?? id,
    parent_id: parentId,
    argsrepr: pythonTuple(args),
    kwargsrepr: pythonRepr(kwargs),
    origin,
    ignore_result: false,
    replaced_task_nesting: 0n,
    stamped_headers: null,
    stamps: {},
    ...more,
  };
  const envelope: Envelope = {
    exchange: '',
    routingKey: queue,
    correlationId: id,
    replyTo,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    durable: true,
    priority: Math.min(Math.max(Math.trunc(priority), 0), mostPriority),
    headers,
  };
  const links = { callbacks: null, errbacks: null, chain: null, chord: null };
  return { envelope, body: Buffer.from(JSON.stringify([args, kwargs, links])) };
}

/** A task is a few hundred bytes; nothing that unpacks to more is one. */
const mostUnpackedBytes = 1 << 20;

const Headers = z.object({
  task: z.string(),
  id: z.string(),
  retries: z.number().nullish(),
  traceparent: z.string().nullish().catch(null),
  /** Celery's name for zlib's and gzip's formats; the only ones read here. */
  compression: z.literal('application/x-gzip').nullish(),
});
const Body = z.tuple([z.array(z.unknown()), z.record(z.string(), z.unknown())]).rest(z.unknown());

export type DecodedTask = { ok: true; message: TaskMessage } | { ok: false; reason: string };

/**
 * Reads what any client may have sent. `eta`, `expires` and the links to other tasks are left aside: when a step runs
 * and what comes after it, the database decides.
 */
export function decodeTask(received: Pick<AsyncMessage, 'headers' | 'body'>): DecodedTask {
  const headers = Headers.safeParse(received.headers ?? {});
  if (!headers.success) return refused('headers', headers.error);
  const json = readBody(received.body, headers.data.compression);
  if (json === undefined) return { ok: false, reason: 'the body is not JSON' };
  const body = Body.safeParse(json);
  if (!body.success) return refused('body', body.error);
  const { task, id, retries, traceparent } = headers.data;
  const [args, kwargs] = body.data;
  const message = TaskMessage.safeParse({
    id,
    name: task,
    args,
    kwargs,
    retries: retries ?? 0,
    traceparent: traceparent ?? undefined,
  });
  return message.success ? { ok: true, message: message.data } : refused('task', message.error);
}

/** What stands in the body of a message, as JSON; undefined where it is none. @param compression as its header says */
export function readBody(body: unknown, compression: string | null | undefined): unknown {
  return parseJson(compression ? unpacked(body) : body);
}

function unpacked(body: unknown): Buffer | null {
  if (!Buffer.isBuffer(body)) return null;
  try {
    return unzipSync(body, { maxOutputLength: mostUnpackedBytes });
  } catch {
    return null;
  }
}

/** The client library has parsed the body already where the sender named no encoding. */
function parseJson(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : body;
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(part: string, error: z.ZodError): DecodedTask {
  const issues = error.issues.map(({ path, message }) => `${[part, ...path].join('.')}: ${message}`);
  return { ok: false, reason: issues.join('; ') };
}
