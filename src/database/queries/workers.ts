import { sql } from 'drizzle-orm';
import type { WorkerRecord } from '../../engine/ports.js';
import { type Driver, json, type Queries } from '../driver.js';

/** Workers that have been gone for this long are forgotten: a name holds a process id, so there is a new one a start. */
const forgetAfterMs = 7 * 24 * 3600 * 1000;

export async function registerWorker(driver: Driver, worker: WorkerRecord): Promise<void> {
  const forgotten = new Date(worker.heartbeatAt.getTime() - forgetAfterMs);
  await driver.transaction(async (tx) => {
    await tx.query(sql`DELETE FROM worker WHERE heartbeat_at < ${forgotten}::timestamptz`);
    await tx.query(sql`
      INSERT INTO worker (name, host, pid, queues, concurrency, version, online, started_at, heartbeat_at)
      VALUES (${worker.name}::text, ${worker.host}::text, ${worker.pid}::int, ${json(worker.queues)},
              ${worker.concurrency}::int, ${worker.version}::text, true, ${worker.startedAt}::timestamptz,
              ${worker.heartbeatAt}::timestamptz)
      ON CONFLICT (name) DO UPDATE
      SET host = excluded.host, pid = excluded.pid, queues = excluded.queues, concurrency = excluded.concurrency,
          version = excluded.version, online = true, active = 0, started_at = excluded.started_at,
          heartbeat_at = excluded.heartbeat_at, stopped_at = NULL`);
  });
}

export async function heartbeatWorker(queries: Queries, name: string, active: number, now: Date): Promise<void> {
  await queries.query(sql`
    UPDATE worker SET heartbeat_at = ${now}::timestamptz, active = ${active}::int, online = true, stopped_at = NULL
    WHERE name = ${name}::text`);
}

export async function removeWorker(queries: Queries, name: string, now: Date): Promise<void> {
  await queries.query(sql`
    UPDATE worker SET online = false, active = 0, stopped_at = ${now}::timestamptz WHERE name = ${name}::text`);
}

export function onlineWorkers(queries: Queries, since: Date): Promise<WorkerRecord[]> {
  return queries.query(sql`
    SELECT name, host, pid, queues, concurrency, version, started_at AS "startedAt", heartbeat_at AS "heartbeatAt"
    FROM worker WHERE online AND heartbeat_at >= ${since}::timestamptz ORDER BY name`);
}
