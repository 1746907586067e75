/**
 * What the broker said of its queues over time. Many servers look at one broker: a sample belongs to a stretch of ten
 * seconds by the database's clock, and the first of them that records one for it is the one that is kept.
 */
import { sql } from 'drizzle-orm';
import type { QueueSampleRow } from '../../../engine/operations/queue-ports.js';
import { json, type Queries, unhurried } from '../../driver.js';

const stretch = sql`date_bin('10 seconds', now(), '2000-01-01T00:00:00Z'::timestamptz)`;
const keptFor = sql`interval '3 days'`;

export async function queueSampleDue(queries: Queries): Promise<boolean> {
  const [row] = await queries.query<{ due: boolean }>(
    sql`SELECT NOT EXISTS (SELECT FROM queue_sample WHERE at >= ${stretch}) AS due`,
    'queue-sample-due',
  );
  return row?.due ?? true;
}

export async function recordQueues(
  queries: Queries,
  samples: readonly (Omit<QueueSampleRow, 'at'> & { queue: string })[],
): Promise<void> {
  await queries.query(
    sql`
      INSERT INTO queue_sample (queue, at, ready, unacked, consumers, publish_rate, ack_rate, oldest_wait_ms)
      SELECT q.queue, ${stretch}, q.ready, q.unacked, q.consumers, q."publishRate", q."ackRate", q."oldestWaitMs"
      FROM jsonb_to_recordset(${json(samples)}) AS q(
        queue text, ready int, unacked int, consumers int, "publishRate" float8, "ackRate" float8,
        "oldestWaitMs" float8)
      ON CONFLICT (queue, at) DO NOTHING RETURNING ${unhurried}`,
    'record-queues',
  );
}

export function queueSamples(queries: Queries, name: string): Promise<QueueSampleRow[]> {
  return queries.query<QueueSampleRow>(
    sql`
      SELECT at, ready, unacked, consumers, publish_rate AS "publishRate", ack_rate AS "ackRate",
             oldest_wait_ms AS "oldestWaitMs"
      FROM queue_sample WHERE queue = ${name}::text AND at > now() - interval '1 hour' ORDER BY at`,
    'queue-samples',
  );
}

export async function purgeQueueSamples(queries: Queries): Promise<void> {
  await queries.query(sql`DELETE FROM queue_sample WHERE at < now() - ${keptFor} RETURNING ${unhurried}`);
}
