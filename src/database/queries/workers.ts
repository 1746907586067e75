import { type SQL, sql } from 'drizzle-orm';
import type { Beat, Counted, NameAnswer, NewWorker, OtherWorker, WorkerRow } from '../../engine/ports.js';
import { type Driver, json, type Queries, unhurried } from '../driver.js';
import { closeCommands } from './worker-commands.js';

/** A rival says every few seconds that it is there. */
const rivalForMs = 30_000;
/** A worker that signed off is shown for so long. */
const offlineForMs = 24 * 3600 * 1000;

/** Milliseconds as an interval, and the time since a column's in milliseconds. */
const interval = (ms: number): SQL => sql`(${ms}::float8 * interval '1 millisecond')`;
const sinceMs = (column: SQL): SQL => sql`(extract(epoch FROM clock_timestamp() - ${column}) * 1000)::float8`;

const holder = sql`jsonb_build_object('instance', instance, 'host', host, 'pid', pid)`;
const rival = sql`CASE WHEN rival_at > now() - ${interval(rivalForMs)} THEN rival END`;

type Owned = { rival: OtherWorker | null; asked: boolean; databaseTime: Date };

export async function registerWorker(
  driver: Driver,
  worker: NewWorker,
  silentAfterMs: number,
): Promise<NameAnswer & { counted: Counted }> {
  return driver.transaction(async (tx) => {
    const [own] = await tx.query<Owned & { counted: Counted }>(sql`
      INSERT INTO worker (name, instance, host, pid, queues, concurrency, version, online, started_at, heartbeat_at)
      VALUES (${worker.name}::text, ${worker.instance}::text, ${worker.host}::text, ${worker.pid}::int,
              ${json(worker.queues)}, ${worker.concurrency}::int, ${worker.version}::text, true, now(), now())
      ON CONFLICT (name) DO UPDATE
      SET instance = excluded.instance, host = excluded.host, pid = excluded.pid, queues = excluded.queues,
          concurrency = excluded.concurrency, version = excluded.version, online = true, draining = false, active = 0,
          started_at = excluded.started_at, heartbeat_at = excluded.heartbeat_at, stopped_at = NULL,
          clock_drift_ms = NULL, rival = NULL, rival_at = NULL
      WHERE worker.instance = excluded.instance OR NOT worker.online
        OR worker.heartbeat_at < now() - ${interval(silentAfterMs)}
      RETURNING NULL AS rival, false AS asked, clock_timestamp() AS "databaseTime",
                jsonb_build_object('processed', processed, 'failed', failed, 'retried', retried) AS counted`);
    if (own === undefined) {
      const other = await readHolder(tx, worker.name);
      // The row cannot have gone meanwhile: none is removed whose worker was heard of today.
      if (other === null) throw new Error(`the row of the worker ${worker.name} is gone`);
      return { ...other, counted: { processed: 0, failed: 0, retried: 0 } };
    }
    await closeCommands(tx, worker.name);
    return { own: true, ...own };
  });
}

/** Every few seconds by every worker: it waits for no disk. */
export async function heartbeatWorker(queries: Queries, beat: Beat): Promise<NameAnswer | null> {
  const [own] = await queries.query<Owned & { set_config: string }>(
    sql`
      UPDATE worker
      SET heartbeat_at = now(), online = true, stopped_at = NULL, queues = ${json(beat.queues)}, active = ${beat.active}::int,
          concurrency = ${beat.slots}::int, draining = ${beat.draining}::boolean, processed = ${beat.processed}::int,
          failed = ${beat.failed}::int, retried = ${beat.retried}::int, load = ${json(beat.load)},
          memory_bytes = ${beat.memoryBytes}::bigint, children_bytes = ${beat.childrenBytes}::bigint,
          clock_drift_ms = ${beat.clockDriftMs}::float8
      WHERE name = ${beat.name}::text AND instance = ${beat.instance}::text
      RETURNING ${rival} AS rival, clock_timestamp() AS "databaseTime", ${unhurried},
                EXISTS (SELECT FROM worker_command c WHERE c.worker = worker.name AND c.answered_at IS NULL) AS asked`,
    'heartbeat-worker',
  );
  if (own === undefined) return readHolder(queries, beat.name);
  const { set_config: _, ...answer } = own;
  return { own: true, ...answer };
}

async function readHolder(queries: Queries, name: string): Promise<Extract<NameAnswer, { own: false }> | null> {
  const [row] = await queries.query<Omit<Extract<NameAnswer, { own: false }>, 'own'>>(sql`
    SELECT ${holder} AS holder, heartbeat_at AS "heartbeatAt", ${sinceMs(sql`heartbeat_at`)} AS "silentMs",
           online, clock_timestamp() AS "databaseTime"
    FROM worker WHERE name = ${name}::text`);
  return row === undefined ? null : { own: false, ...row };
}

export async function tellRival(queries: Queries, name: string, other: OtherWorker): Promise<void> {
  await queries.query(sql`
    UPDATE worker SET rival = ${json(other)}, rival_at = now()
    WHERE name = ${name}::text AND instance <> ${other.instance}::text`);
}

export function removeWorker(driver: Driver, name: string, instance: string): Promise<void> {
  return driver.transaction(async (tx) => {
    const removed = await tx.query(sql`
      UPDATE worker SET online = false, active = 0, stopped_at = now(), heartbeat_at = now()
      WHERE name = ${name}::text AND instance = ${instance}::text RETURNING name`);
    if (removed.length > 0) await closeCommands(tx, name);
    await tx.query(sql`
      UPDATE worker SET rival = NULL, rival_at = NULL
      WHERE name = ${name}::text AND rival ->> 'instance' = ${instance}::text`);
  });
}

export async function removeAllWorkers(queries: Queries): Promise<void> {
  await queries.query(sql`UPDATE worker SET online = false, active = 0, stopped_at = heartbeat_at WHERE online`);
}

/** Workers that have been silent for `lostForMs` have signed off, as it were; those gone for `rememberMs` are forgotten. */
export async function forgetWorkers(queries: Queries, lostForMs: number, rememberMs: number): Promise<void> {
  await queries.query(sql`
    UPDATE worker SET online = false, active = 0, stopped_at = heartbeat_at
    WHERE online AND heartbeat_at < now() - ${interval(lostForMs)}`);
  await queries.query(sql`DELETE FROM worker WHERE heartbeat_at < now() - ${interval(rememberMs)}`);
}

const rows = (condition: SQL): SQL => sql`
  SELECT name, host, pid, queues, concurrency AS slots, version, active, online, draining, processed, failed, retried,
         load, memory_bytes AS "memoryBytes", children_bytes AS "childrenBytes", clock_drift_ms AS "clockDriftMs",
         started_at AS "startedAt", heartbeat_at AS "heartbeatAt", stopped_at AS "stoppedAt",
         ${sinceMs(sql`heartbeat_at`)} AS "silentMs", ${rival} AS rival
  FROM worker WHERE ${condition} ORDER BY name`;

const heardWithin = (silentAfterMs: number): SQL =>
  sql`(online AND heartbeat_at >= now() - ${interval(silentAfterMs)})`;

export const onlineWorkers = (queries: Queries, silentAfterMs: number): Promise<WorkerRow[]> =>
  queries.query(rows(heardWithin(silentAfterMs)));

export const listWorkers = (queries: Queries): Promise<WorkerRow[]> =>
  queries.query(rows(sql`online OR stopped_at > now() - ${interval(offlineForMs)}`), 'list-workers');

export async function findWorker(queries: Queries, name: string): Promise<WorkerRow | null> {
  const [row] = await queries.query<WorkerRow>(rows(sql`name = ${name}::text`), 'find-worker');
  return row ?? null;
}

export async function countAttempts(queries: Queries): Promise<Counted> {
  const [counted] = await queries.query<Counted>(
    sql`
      SELECT coalesce(sum(processed), 0)::bigint AS processed, coalesce(sum(failed), 0)::bigint AS failed,
             coalesce(sum(retried), 0)::bigint AS retried
      FROM worker`,
    'count-attempts',
  );
  return counted ?? { processed: 0, failed: 0, retried: 0 };
}

export async function databaseTime(queries: Queries): Promise<Date> {
  const [row] = await queries.query<{ now: Date }>(sql`SELECT clock_timestamp() AS now`, 'database-time');
  if (row === undefined) throw new Error('the database did not tell its time');
  return row.now;
}
