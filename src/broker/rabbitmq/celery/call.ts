/**
 * A task that a client of Celery sends, whatever it is: its name, its arguments, when it may run and who waits for it.
 *
 * Source: https://docs.celeryq.dev/en/stable/internals/protocol.html
 */
import type { AsyncMessage } from 'rabbitmq-client';
import { z } from 'zod';
import { readBody } from '../celery-message.js';

/** Python writes a time without a zone where it means UTC. */
const Moment = z
  .string()
  .transform((text) => new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`))
  .refine((time) => !Number.isNaN(time.getTime()))
  .nullish()
  .transform((time) => time ?? null);

const Headers = z.object({
  task: z.string(),
  id: z.string().min(1).max(200),
  retries: z.number().nullish(),
  eta: Moment,
  expires: Moment,
  root_id: z.string().nullish(),
  parent_id: z.string().nullish(),
  ignore_result: z.unknown().optional(),
  compression: z.literal('application/x-gzip').nullish(),
});
const Body = z.tuple([z.array(z.unknown()), z.record(z.string(), z.unknown())]).rest(z.unknown());

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly retries: number;
  readonly eta: Date | null;
  readonly expires: Date | null;
  readonly rootId: string;
  readonly parentId: string | null;
  /** Queue that the result goes to; null: nobody waits for it. */
  readonly replyTo: string | null;
}

/** Null: no task of Celery's protocol 2 in JSON. */
export function decodeCall(received: Pick<AsyncMessage, 'headers' | 'body' | 'replyTo'>): Call | null {
  const headers = Headers.safeParse(received.headers ?? {});
  if (!headers.success) return null;
  const { id, task, retries, eta, expires, root_id, parent_id, ignore_result, compression } = headers.data;
  const body = Body.safeParse(readBody(received.body, compression));
  if (!body.success) return null;
  const [args, kwargs] = body.data;
  return {
    id,
    name: task,
    args,
    kwargs,
    retries: retries ?? 0,
    eta,
    expires,
    rootId: root_id ?? id,
    parentId: parent_id ?? null,
    replyTo: ignore_result === true ? null : received.replyTo || null,
  };
}
