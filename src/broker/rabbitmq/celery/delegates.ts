/**
 * Tasks for Celery's own workers: sent to a queue of theirs, with a queue for the answer that outlives this process.
 *
 * The queue of answers is named after the task, and holds a note from the moment on at which the task is sent for
 * sure. So whoever waits for the same task after us, because this process was lost or handed its step back, finds the
 * note and sends nothing twice. Between the sending and the note a crash falls on the side of sending again.
 *
 * The worker must answer: its app needs `backend='rpc://'` and results in JSON, which is its default.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncMessage, Channel } from 'rabbitmq-client';
import { z } from 'zod';
import { answerQueuePrefix } from '../../../contract/tasks.js';
import type { DelegatedEnd, DelegatedTask, DelegateWatch } from '../../../engine/operations/worker-ports.js';
import { encode, readBody } from '../celery-message.js';
import type { BrokerLog, RabbitConnection } from '../connection.js';
import { makeQueue } from '../topology.js';
import { describeFault, faultCode, unavailable, within } from '../unavailable.js';

const answerWithinMs = 15_000;
const shortestPauseMs = 200;
const longestPauseMs = 5_000;
/** An answer that nobody has waited for in so long is forgotten. */
const answersExpireMs = 7 * 24 * 3600 * 1000;

const noteOfSending = { status: 'SENT' };

const Answer = z.object({ status: z.string(), result: z.unknown().optional(), traceback: z.unknown().optional() });
const Exception = z.object({ exc_type: z.string(), exc_message: z.unknown().optional() });

export interface DelegatesOptions {
  readonly publishing: RabbitConnection;
  readonly consuming: RabbitConnection;
  readonly log: BrokerLog;
  /** Who sends, as the headers of a task name it. */
  readonly origin: string;
}

export class Delegates {
  readonly #options: DelegatesOptions;

  constructor(options: DelegatesOptions) {
    this.#options = options;
  }

  /** @throws AppError `BROKER_UNAVAILABLE`, also when the queue of answers is lost with what it held */
  async run(task: DelegatedTask, watch: DelegateWatch): Promise<DelegatedEnd | null> {
    const queue = answersOf(task);
    const again = await this.#hasNote(queue);
    if (!again) await this.#send(task, queue);
    watch.sent(again);
    for (let pauseMs = shortestPauseMs; !watch.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const answer = await this.#listen(queue, watch);
      if (answer === 'gone') throw unavailable(`the queue ${queue} is gone, and an answer with it`);
      if (answer !== 'away') return answer;
      await sleep(pauseMs, undefined, { signal: watch.signal }).catch(() => {});
    }
    return null;
  }

  /** Nobody waits for the answer any more. Does not throw. */
  async forget(task: DelegatedTask): Promise<void> {
    const { publishing, log } = this.#options;
    const queue = answersOf(task);
    await publishing
      .use((channel) => channel.queueDelete({ queue }))
      .catch((thrown: unknown) => log.warn({ queue, detail: describeFault(thrown) }, 'a queue is left over'));
  }

  async #hasNote(queue: string): Promise<boolean> {
    const declared = { queue, durable: true, arguments: { 'x-expires': answersExpireMs } };
    const { messageCount = 0 } = await this.#options.publishing.use((channel) => channel.queueDeclare(declared));
    return messageCount > 0;
  }

  async #send(task: DelegatedTask, answers: string): Promise<void> {
    const { publishing, origin } = this.#options;
    // As a client of Celery does: it waits there for a worker that may come later.
    await makeQueue(publishing, task.queue, {});
    const { envelope, body } = encode({ ...task, retries: 0, replyTo: answers }, origin, 0);
    await publishing.use(async (channel) => {
      await channel.confirmSelect();
      await channel.basicPublish(envelope, body);
      await channel.basicPublish({ exchange: '', routingKey: answers, durable: true }, noteOfSending);
    });
  }

  /** Listens until the end of the task; `away`: the connection broke. What was heard and is no end stays in the queue. */
  async #listen(queue: string, { signal, retried }: DelegateWatch): Promise<DelegatedEnd | null | 'away' | 'gone'> {
    let channel: Channel;
    try {
      channel = await this.#options.consuming.channel();
    } catch {
      return 'away';
    }
    channel.on('error', () => {});
    const left = new AbortController();
    try {
      return await new Promise<DelegatedEnd | null | 'away' | 'gone'>((resolve) => {
        const hear = (message: AsyncMessage) => {
          // The channel may bring some more while it closes; that stays in the queue.
          if (left.signal.aborted || !channel.active) return;
          const answer = readAnswer(message);
          if (answer.status === 'RETRY') retried(detailOf(answer.result));
          const end = endOf(answer);
          // Not acknowledged: the queue goes when the end is recorded, and until then another may want to hear it.
          if (end !== null) resolve(end);
        };
        channel.once('close', () => resolve('away'));
        channel.once('basic.cancel', () => resolve('gone'));
        signal.addEventListener('abort', () => resolve(null), { signal: left.signal });
        // It may have come while the channel was opened.
        if (signal.aborted) resolve(null);
        within(answerWithinMs, channel.basicConsume({ queue }, hear)).catch((thrown: unknown) =>
          resolve(faultCode(thrown) === 'NOT_FOUND' ? 'gone' : 'away'),
        );
      });
    } finally {
      left.abort();
      void channel.close();
    }
  }
}

/** Name of the queue that a task is answered in. */
const answersOf = ({ id }: DelegatedTask): string => `${answerQueuePrefix}${id}`;

type Answer = z.infer<typeof Answer>;

function readAnswer({ body, contentType }: AsyncMessage): Answer {
  const answer = Answer.safeParse(readBody(body, null));
  if (answer.success) return answer.data;
  const exc_message = [`its result is no JSON (${contentType ?? 'without a content type'}): set result_serializer`];
  return { status: 'FAILURE', result: { exc_type: 'ResultUnreadable', exc_message } };
}

/** Null: it goes on. */
function endOf({ status, result, traceback }: Answer): DelegatedEnd | null {
  switch (status) {
    case 'SUCCESS':
      return { status, result };
    case 'REVOKED':
      return { status };
    case 'FAILURE': {
      const exception = Exception.safeParse(result);
      const type = exception.success ? exception.data.exc_type : 'Exception';
      return { status, type, detail: detailOf(result), traceback: typeof traceback === 'string' ? traceback : null };
    }
    default:
      return null;
  }
}

/** What an exception says, as far as it fits into a line. */
function detailOf(result: unknown): string {
  const exception = Exception.safeParse(result);
  const said = exception.success ? exception.data.exc_message : result;
  const parts = Array.isArray(said) ? said : [said];
  return parts
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .join(', ')
    .slice(0, 1_000);
}
