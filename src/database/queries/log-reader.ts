/**
 * The log read from end to end, each line once, by as many servers as there are.
 *
 * A line's number is given out before its transaction commits, so a higher number may be seen before a lower one. All
 * numbers up to the highest that is seen were given out by transactions that had begun by then; once none of those is
 * under way, what is there up to that number is all that will ever be. That moment is awaited, not locked for: who
 * writes the log never waits for who reads it.
 */
import { sql } from 'drizzle-orm';
import { type ChainEvent, chainEventCodes, type LogReading, type NewDelivery } from '../../engine/ports.js';
import { type Driver, json, list } from '../driver.js';

/** So many numbers are read at a time. */
const stretch = 5_000;

interface Look {
  position: number;
  totals: unknown;
  last: number;
  /** The oldest transaction under way, and the number that the next one gets. */
  oldest: string;
  next: string;
}

export function createLogReader(driver: Driver) {
  /** By reader: up to `last` all is there as soon as no transaction before `next` is under way. */
  const marks = new Map<string, { last: number; next: bigint }>();

  const look = async (reader: string): Promise<Look | null> => {
    const [seen] = await driver.query<Look>(
      sql`
        SELECT r.position, r.totals, l.last, pg_snapshot_xmin(s.now)::text AS oldest, pg_snapshot_xmax(s.now)::text AS next
        FROM log_reader r,
             (SELECT coalesce(max(id), 0) AS last FROM workflow_log) AS l,
             (SELECT pg_current_snapshot() AS now) AS s
        WHERE r.reader = ${reader}::text`,
      'look-at-log',
    );
    return seen ?? null;
  };

  const settledUpTo = (reader: string, { last, oldest, next }: Look): number => {
    const done = BigInt(oldest);
    if (done >= BigInt(next)) {
      marks.delete(reader);
      return last;
    }
    const mark = marks.get(reader);
    if (mark !== undefined && done < mark.next) return 0;
    marks.set(reader, { last, next: BigInt(next) });
    return mark?.last ?? 0;
  };

  return {
    async readLog(reader: string): Promise<LogReading | null> {
      const seen = await look(reader);
      if (seen === null) {
        await begin(driver, reader);
        return null;
      }
      const settled = settledUpTo(reader, seen);
      if (settled <= seen.position) return null;
      const to = Math.min(settled, seen.position + stretch);
      const events = await eventsBetween(driver, seen.position, to);
      return { from: seen.position, to, more: to < settled, events, totals: seen.totals };
    },

    endReading(
      reader: string,
      { from, to }: LogReading,
      totals: unknown,
      deliveries: readonly NewDelivery[],
      now: Date,
    ): Promise<boolean> {
      return driver.transaction(async (tx) => {
        const moved = await tx.query(sql`
          UPDATE log_reader SET position = ${to}::bigint, totals = ${json(totals)}
          WHERE reader = ${reader}::text AND position = ${from}::bigint RETURNING reader`);
        if (moved.length === 0) return false;
        if (deliveries.length > 0) await insertDeliveries(tx, deliveries, now);
        return true;
      });
    },
  };
}

/** What was written before anybody read is not told any more. */
async function begin(driver: Driver, reader: string): Promise<void> {
  await driver.query(sql`
    INSERT INTO log_reader (reader, position, totals)
    SELECT ${reader}::text, coalesce(max(id), 0), '{}'::jsonb FROM workflow_log
    ON CONFLICT (reader) DO NOTHING`);
}

function eventsBetween(driver: Driver, from: number, to: number): Promise<ChainEvent[]> {
  const codes = list(chainEventCodes);
  return driver.query<ChainEvent>(
    sql`
      SELECT l.id, l.workflow_id AS "workflowId", l.at, l.code, l.step, l.attempt, l.params, b.before
      FROM workflow_log l
      LEFT JOIN LATERAL (
        SELECT jsonb_build_object('code', p.code, 'params', p.params,
                                  'at', floor(extract(epoch FROM p.at) * 1000)::float8) AS before
        FROM workflow_log p
        WHERE p.workflow_id = l.workflow_id AND p.id < l.id AND p.step = l.step AND p.code = ANY(${codes}::text[])
        ORDER BY p.id DESC LIMIT 1
      ) AS b ON l.step IS NOT NULL
      WHERE l.id > ${from}::bigint AND l.id <= ${to}::bigint AND l.code = ANY(${codes}::text[])
      ORDER BY l.id`,
    'chain-events',
  );
}

/** Those of a key that is there already are known. Answers how many are new. */
export async function insertDeliveries(
  queries: Pick<Driver, 'query'>,
  deliveries: readonly NewDelivery[],
  now: Date,
): Promise<number> {
  if (deliveries.length === 0) return 0;
  const inserted = await queries.query(sql`
    INSERT INTO webhook_delivery (key, event, url, payload, created_at, due_at)
    SELECT d.key, d.event, d.url, d.payload, ${now}::timestamptz, ${now}::timestamptz
    FROM jsonb_to_recordset(${json(deliveries)}) AS d(key text, event text, url text, payload jsonb)
    ON CONFLICT (key) DO NOTHING RETURNING id`);
  return inserted.length;
}
