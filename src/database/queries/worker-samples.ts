/**
 * What workers said of themselves over time. Every sample stands on a grid of ten seconds, so that those of many
 * workers can be added up, and so that fewer points of them can be had by reading fewer rows.
 */
import { sql } from 'drizzle-orm';
import type { Beat, SampleRow } from '../../engine/ports.js';
import { type Queries, unhurried } from '../driver.js';
import { countAttempts } from './workers.js';

const gridSeconds = 10;
/** Older samples are kept one a minute, and for some days. */
const fineForMs = 3600 * 1000;
const thinSeconds = 60;
const rememberMs = 3 * 24 * 3600 * 1000;

/** Distances between points, of which the smallest is taken that needs no more than so many points and rows. */
const distances = [10, 30, 60, 120, 300, 600, 1200, 3600, 7200];
const mostPoints = 360;
const mostRows = 25_000;
/** Workers beat every two seconds; a younger point may still lack some of them. */
const youngForMs = 5_000;

/** The last point of a grid that is not after now. */
const gridPoint = (seconds: number) =>
  sql`to_timestamp(floor(extract(epoch FROM now()) / ${seconds}::int) * ${seconds}::int)`;

export async function recordSample(queries: Queries, beat: Beat): Promise<void> {
  await queries.query(
    sql`
      WITH sample AS (
        INSERT INTO worker_sample (worker, at, active, slots, processed, failed, retried, load, memory_bytes, children_bytes)
        VALUES (${beat.name}::text, ${gridPoint(gridSeconds)}, ${beat.active}::int, ${beat.slots}::int,
                ${beat.processed}::int, ${beat.failed}::int, ${beat.retried}::int, ${beat.load?.[0] ?? null}::float8,
                ${beat.memoryBytes}::bigint, ${beat.childrenBytes}::bigint)
        ON CONFLICT (worker, at) DO NOTHING
      )
      SELECT ${unhurried}`,
    'record-sample',
  );
}

export const workerSamples = (queries: Queries, name: string): Promise<SampleRow[]> =>
  queries.query(
    sql`
      SELECT at, active, slots, processed, failed, retried, load, memory_bytes AS "memoryBytes",
             children_bytes AS "childrenBytes"
      FROM worker_sample
      WHERE worker = ${name}::text AND at > now() - ${fineForMs}::int * interval '1 millisecond' ORDER BY at`,
    'worker-samples',
  );

/**
 * Sums over all workers, and the mean load of their machines. The counters never fall: what a worker counted that is
 * gone stays counted, and the last point agrees with what all have counted until now.
 *
 * A worker that is down holds no slots and no memory: that the sums dip while workers start anew is true. The last
 * point is left out for as long as some have not said yet how they are, which would look the same.
 */
export async function fleetSamples(queries: Queries, sinceMs: number): Promise<SampleRow[]> {
  const spanMs = Math.min(sinceMs, rememberMs);
  const [heard] = await queries.query<{ workers: number }>(sql`
    SELECT count(*)::int AS workers FROM worker
    WHERE heartbeat_at > now() - ${spanMs}::float8 * interval '1 millisecond'`);
  const seconds = distanceOf(spanMs, heard?.workers ?? 1);
  const points = Math.floor(spanMs / 1000 / seconds);
  const [sums, counted] = await Promise.all([sumsAt(queries, seconds, points), countAttempts(queries)]);
  if (isPartial(sums)) sums.pop();
  const samples = sums.map(({ workers: _, young: __, ...sample }) => sample);
  let { processed, failed, retried } = counted;
  for (const point of samples.toReversed()) {
    const more = { processed: point.processed, failed: point.failed, retried: point.retried };
    Object.assign(point, { processed, failed, retried });
    processed -= more.processed;
    failed -= more.failed;
    retried -= more.retried;
  }
  return samples;
}

function isPartial(sums: readonly Sum[]): boolean {
  const [before, last] = sums.slice(-2);
  return before !== undefined && last?.young === true && last.workers < before.workers;
}

function distanceOf(spanMs: number, workers: number): number {
  const fits = (seconds: number) => {
    const points = spanMs / 1000 / seconds;
    return points <= mostPoints && points * workers <= mostRows;
  };
  const fine = spanMs <= fineForMs;
  return distances.find((seconds) => (fine || seconds >= thinSeconds) && fits(seconds)) ?? distances.at(-1) ?? 7200;
}

interface Sum extends SampleRow {
  workers: number;
  /** Some may have said nothing yet. */
  young: boolean;
}

/** Counters are what has been added since the point before. */
function sumsAt(queries: Queries, seconds: number, points: number): Promise<Sum[]> {
  const added = (column: string) =>
    sql`greatest(0, ${sql.raw(column)} - lag(${sql.raw(column)}, 1, ${sql.raw(column)}) OVER before)`;
  return queries.query(
    sql`
      SELECT at, sum(active)::int AS active, sum(slots)::int AS slots, sum(processed)::int AS processed,
             sum(failed)::int AS failed, sum(retried)::int AS retried, avg(load)::float8 AS load,
             sum(memory_bytes)::bigint AS "memoryBytes", sum(children_bytes)::bigint AS "childrenBytes",
             count(*)::int AS workers, at > now() - ${youngForMs}::int * interval '1 millisecond' AS young
      FROM (
        SELECT at, active, slots, load, memory_bytes, children_bytes, ${added('processed')} AS processed,
               ${added('failed')} AS failed, ${added('retried')} AS retried
        FROM worker_sample
        WHERE at = ANY (SELECT ${gridPoint(seconds)} - n * ${seconds}::int * interval '1 second'
                        FROM generate_series(0, ${points}::int) AS n)
        WINDOW before AS (PARTITION BY worker ORDER BY at)
      ) AS samples
      GROUP BY at ORDER BY at`,
    'fleet-samples',
  );
}

export async function forgetSamples(queries: Queries): Promise<void> {
  await queries.query(sql`
    DELETE FROM worker_sample
    WHERE at < now() - ${rememberMs}::float8 * interval '1 millisecond'`);
  await queries.query(sql`
    DELETE FROM worker_sample
    WHERE at < now() - ${fineForMs}::float8 * interval '1 millisecond'
      AND at > now() - ${2 * 24 * fineForMs}::float8 * interval '1 millisecond'
      AND extract(epoch FROM at)::bigint % ${thinSeconds}::int <> 0`);
}
