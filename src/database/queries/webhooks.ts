import { type SQL, sql } from 'drizzle-orm';
import type { DeliveryRecord, DeliveryStatus, LostWorker } from '../../engine/ports.js';
import type { Queries } from '../driver.js';

const columns = sql`
  id, key, event, url, payload, created_at AS "createdAt", due_at AS "dueAt", attempts, delivered_at AS "deliveredAt",
  last_status AS "lastStatus", last_error AS "lastError"`;

const conditions: Record<DeliveryStatus, SQL> = {
  pending: sql`due_at IS NOT NULL`,
  delivered: sql`delivered_at IS NOT NULL`,
  given_up: sql`due_at IS NULL AND delivered_at IS NULL`,
};

export function lostWorkers(queries: Queries, withinMs: number, silentAfterMs: number): Promise<LostWorker[]> {
  return queries.query(sql`
    SELECT name, host, pid, version, active, started_at AS "startedAt", heartbeat_at AS "heartbeatAt"
    FROM worker
    WHERE online AND heartbeat_at > now() - make_interval(secs => ${withinMs / 1000}::float8)
      AND heartbeat_at < now() - make_interval(secs => ${silentAfterMs / 1000}::float8)
    ORDER BY heartbeat_at`);
}

/** The attempt is counted before the call, so that one that takes its process down is counted too. */
export async function takeDeliveries(
  queries: Queries,
  url: string,
  limit: number,
  until: Date,
  now: Date,
): Promise<DeliveryRecord[]> {
  const taken = await queries.query<DeliveryRecord>(sql`
    WITH due AS (
      SELECT id AS due_id FROM webhook_delivery WHERE due_at <= ${now}::timestamptz AND url = ${url}::text
      ORDER BY due_at, id LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
    )
    UPDATE webhook_delivery SET due_at = ${until}::timestamptz, attempts = attempts + 1
    FROM due WHERE id = due_id RETURNING ${columns}`);
  return taken.sort((a, b) => a.id - b.id);
}

export async function endDelivery(
  queries: Queries,
  id: number,
  end: { deliveredAt: Date | null; dueAt: Date | null; status: number | null; error: string | null },
): Promise<void> {
  await queries.query(sql`
    UPDATE webhook_delivery
    SET delivered_at = ${end.deliveredAt}::timestamptz, due_at = ${end.dueAt}::timestamptz,
        last_status = ${end.status}::int, last_error = ${end.error}::text
    WHERE id = ${id}::bigint`);
}

export function listDeliveries(
  queries: Queries,
  { status, before, limit }: { status?: DeliveryStatus | undefined; before?: number | undefined; limit: number },
): Promise<DeliveryRecord[]> {
  return queries.query(sql`
    SELECT ${columns} FROM webhook_delivery
    WHERE (${before ?? null}::bigint IS NULL OR id < ${before ?? null}::bigint)
      AND ${status === undefined ? sql`true` : conditions[status]}
    ORDER BY id DESC LIMIT ${limit}::int`);
}

export async function tidyDeliveries(queries: Queries, ended: Date, pending: Date): Promise<void> {
  await queries.query(sql`
    DELETE FROM webhook_delivery WHERE due_at IS NULL AND created_at < ${ended}::timestamptz`);
  await queries.query(sql`
    UPDATE webhook_delivery
    SET due_at = NULL, last_error = coalesce(last_error, 'its address is no longer among those that are called')
    WHERE due_at IS NOT NULL AND created_at < ${pending}::timestamptz`);
}
