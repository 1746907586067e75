/** What operators see of the queues on RabbitMQ, and do to them. */
import { z } from 'zod';
import { AppError } from '../../contract/errors.js';
import type { BrokerQueues, InspectedQueue, QueueCount, Told } from '../../engine/operations/queue-ports.js';
import { processOfTag } from '../consumer-tag.js';
import type { RabbitConnection } from './connection.js';
import type { DeadLetters } from './dead-letters.js';
import type { Management } from './management.js';
import { deadQueue } from './topology.js';
import { faultCode } from './unavailable.js';

const Rate = z.object({ rate: z.number() }).optional();
/** A queue that was declared within the last seconds has not been counted yet. */
const Queue = z.object({
  name: z.string(),
  messages_ready: z.int().optional(),
  messages_unacknowledged: z.int().optional(),
  consumers: z.int().optional(),
  state: z.string().optional(),
  message_stats: z.object({ publish_details: Rate, ack_details: Rate }).optional(),
});
const Queues = z.object({ items: z.array(Queue) });
const columns = [
  ...['name', 'messages_ready', 'messages_unacknowledged', 'consumers', 'state'],
  ...['message_stats.publish_details.rate', 'message_stats.ack_details.rate'],
].join(',');

const Consumer = z.object({
  consumer_tag: z.string(),
  prefetch_count: z.int().catch(0),
  /** An empty list where the channel is gone meanwhile. */
  channel_details: z.object({ peer_host: z.string(), peer_port: z.int() }).nullable().catch(null),
});
const Details = Queue.extend({
  arguments: z.record(z.string(), z.unknown()).catch({}),
  policy: z.string().nullish(),
  consumer_details: z.array(Consumer).catch([]),
});
const Nodes = z.array(
  z.object({ name: z.string(), mem_alarm: z.boolean().optional(), disk_free_alarm: z.boolean().optional() }),
);

const isOurs = (name: string): boolean => name.startsWith('zincir.');

export interface RabbitQueuesOptions {
  readonly connection: RabbitConnection;
  readonly management: Management;
  readonly letters: DeadLetters;
  readonly vhost: string;
}

export function rabbitQueues({ connection, management, letters, vhost }: RabbitQueuesOptions): BrokerQueues {
  const place = `/queues/${encodeURIComponent(vhost)}`;
  const counted = (queues: z.infer<typeof Queue>[]) => Promise.all(queues.map((queue) => countOf(connection, queue)));

  return {
    kind: 'rabbitmq',
    dead: deadQueue,
    async count() {
      const ours = `name=${encodeURIComponent('^zincir\\.')}&use_regex=true&page=1&page_size=100&columns=${columns}`;
      const [told, alarms] = await Promise.all([management.get(`${place}?${ours}`, Queues), alarmsOf(management)]);
      if (!told.ok) return told;
      const blocked = connection.blocked === null ? [] : [connection.blocked];
      const queues = await counted(told.answer?.items ?? []);
      return { ok: true, answer: { queues, alarms: [...new Set([...alarms, ...blocked])] } };
    },
    async countDead() {
      const declared = await connection
        .use((channel) => channel.queueDeclare({ queue: deadQueue, passive: true }))
        .catch(() => null);
      return declared?.messageCount ?? null;
    },
    async inspect(name): Promise<Told<InspectedQueue | null>> {
      if (!isOurs(name)) return { ok: true, answer: null };
      const told = await management.get(`${place}/${encodeURIComponent(name)}`, Details);
      if (!told.ok) return told;
      if (told.answer === null) return { ok: true, answer: null };
      const { policy, consumer_details, ...queue } = told.answer;
      const consumersOf = consumer_details.map(
        ({ consumer_tag: tag, prefetch_count: prefetch, channel_details: from }) => {
          const address = from === null ? null : `${from.peer_host}:${from.peer_port}`;
          return { tag, prefetch, address, ...processOfTag(tag) };
        },
      );
      const count = await countOf(connection, queue);
      return { ok: true, answer: { ...count, arguments: plain(queue.arguments), policy: policy || null, consumersOf } };
    },
    peekDead: (limit) => letters.peek(limit),
    async purge(name) {
      if (!isOurs(name)) throw new AppError('QUEUE_NOT_FOUND', { name });
      try {
        const { messageCount } = await connection.use((channel) => channel.queuePurge({ queue: name }));
        return messageCount;
      } catch (thrown) {
        const gone = thrown instanceof Error && faultCode(thrown.cause) === 'NOT_FOUND';
        throw gone ? new AppError('QUEUE_NOT_FOUND', { name }, { cause: thrown }) : thrown;
      }
    },
    moveDead: () => letters.move(),
  };
}

/** What the API has not counted yet, AMQP tells, but for the messages that are out. */
async function countOf(connection: RabbitConnection, queue: z.infer<typeof Queue>): Promise<QueueCount> {
  const { name, messages_ready, messages_unacknowledged, consumers, state, message_stats } = queue;
  const rate = (details: z.infer<typeof Rate>) => details?.rate ?? (message_stats === undefined ? 0 : null);
  const now =
    messages_ready === undefined || consumers === undefined
      ? await connection.use((channel) => channel.queueDeclare({ queue: name, passive: true })).catch(() => null)
      : null;
  return {
    name,
    ready: messages_ready ?? now?.messageCount ?? 0,
    unacked: messages_unacknowledged ?? 0,
    consumers: consumers ?? now?.consumerCount ?? 0,
    state: state ?? (now === null ? 'unknown' : 'running'),
    publishRate: rate(message_stats?.publish_details),
    ackRate: rate(message_stats?.ack_details),
  };
}

/** None where the user may not see the nodes. */
async function alarmsOf(management: Management): Promise<string[]> {
  const told = await management.get('/nodes?columns=name,mem_alarm,disk_free_alarm', Nodes);
  if (!told.ok || told.answer === null) return [];
  return told.answer.flatMap(({ name, mem_alarm, disk_free_alarm }) => [
    ...(mem_alarm ? [`memory alarm on ${name}`] : []),
    ...(disk_free_alarm ? [`disk alarm on ${name}`] : []),
  ]);
}

const plain = (given: Record<string, unknown>): InspectedQueue['arguments'] =>
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? value
        : JSON.stringify(value),
    ]),
  );
