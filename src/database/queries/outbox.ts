/** Messages between the transaction that wrote them and the broker. */
import { type SQL, sql } from 'drizzle-orm';
import type { OutboxRow } from '../../engine/ports.js';
import { type Driver, list, type Queries, unhurried } from '../driver.js';
import { messageOf, tellRelays } from './chain.js';

export function dueOutbox(queries: Queries, limit: number, now: Date): Promise<OutboxRow[]> {
  return queries.query<OutboxRow>(
    sql`
      SELECT id, message, priority FROM outbox WHERE due_at <= ${now}::timestamptz
      ORDER BY priority DESC, due_at, id LIMIT ${limit}::int`,
    'due-outbox',
  );
}

/** The same, and nobody else is given these rows until `until`, for they are on their way to the broker. */
export function takeOutbox(queries: Queries, limit: number, until: Date, now: Date): Promise<OutboxRow[]> {
  return queries.query<OutboxRow>(
    sql`
      WITH due AS (
        SELECT id FROM outbox WHERE due_at <= ${now}::timestamptz
        ORDER BY priority DESC, due_at, id LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
      ),
      taken AS (
        UPDATE outbox o SET due_at = ${until}::timestamptz FROM due WHERE o.id = due.id
        RETURNING o.id, o.message, o.priority, ${unhurried}
      )
      SELECT id, message, priority FROM taken ORDER BY priority DESC, id`,
    'take-outbox',
  );
}

/** Taken, but the broker did not want them. */
export async function returnOutbox(queries: Queries, ids: number[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await queries.query(
    sql`
      UPDATE outbox SET due_at = ${now}::timestamptz WHERE id = ANY(${list(ids)}::bigint[]) RETURNING ${unhurried}`,
  );
}

/** A crash of the server that forgets this has a message published twice, so it waits for no disk. */
export async function markPublished(driver: Driver, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await driver.query(
    sql`DELETE FROM outbox WHERE id = ANY(${list(ids)}::bigint[]) RETURNING ${unhurried}`,
    'mark-published',
  );
}

/** A wait grows up to so many times its first length. */
const mostDoublings = 6;

/**
 * QUEUED steps that have waited for `silenceMs` since their last message was written, and that have none in the
 * outbox, get another: that one may be lost. It may also lie in a long queue; so every reminder doubles the wait for
 * the next, and a thousand steps that wait their turn do not fill the queue with copies.
 */
export async function republishStale(driver: Driver, silenceMs: number, now: Date): Promise<number> {
  const wait = sql`${silenceMs / 1000}::float8 * power(2, least(s.reminders, ${mostDoublings}::int))`;
  const last = sql`coalesce(s.published_at, s.queued_at)`;
  return remind(driver, sql`${last} + make_interval(secs => ${wait}) <= ${now}::timestamptz`, now);
}

/** Every QUEUED step without a message in the outbox gets one, once. */
export const republishAll = (driver: Driver, now: Date): Promise<number> => remind(driver, sql`true`, now);

/** A step that somebody else is changing at this moment is left to them. */
async function remind(driver: Driver, condition: SQL, now: Date): Promise<number> {
  const written = await driver.query(sql`
    WITH stale AS (
      SELECT s.id, s.workflow_id, s.name, s.task_id, s.attempt, s.retry_at, w.priority
      FROM workflow_step s JOIN workflow w ON w.id = s.workflow_id
      WHERE s.status = 'QUEUED' AND NOT w.held AND ${condition}
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.step_id = s.id)
      ORDER BY s.queued_at FOR NO KEY UPDATE OF s SKIP LOCKED
    ),
    reminded AS (
      UPDATE workflow_step s SET published_at = ${now}::timestamptz, reminders = s.reminders + 1
      FROM stale WHERE s.id = stale.id
    )
    INSERT INTO outbox (step_id, message, due_at, priority)
    SELECT stale.id, ${messageOf(sql`stale`, sql`stale.task_id`, sql`stale.attempt`)},
           greatest(${now}::timestamptz, stale.retry_at), stale.priority
    FROM stale RETURNING id`);
  if (written.length > 0) tellRelays(driver);
  return written.length;
}
