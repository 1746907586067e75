/** Tasks by filter, the newest first, page by page from where the last one ended. */
import { sql } from 'drizzle-orm';
import type { TaskCriteria, TaskPage } from '../../../engine/operations/task-ports.js';
import type { Queries } from '../../driver.js';
import { readTasks } from './read-tasks.js';
import { between, type Counted, compare, decode, encode, micros, type Place } from './task-cursor.js';
import { allOf, prefixSource, type TaskSource, taskSource } from './task-source.js';

/** More than this is only said to be more. */
const mostCounted = 10_000;

export async function listTasks(
  queries: Queries,
  criteria: TaskCriteria,
  limit: number,
  cursor: string | undefined,
): Promise<TaskPage> {
  const before = decode(cursor);
  const after = before?.after ?? null;
  const source = await taskSource(queries, criteria);
  const looked = await lookedAt(queries, source, after, limit + 1);
  const byId = await byPrefix(queries, criteria, after, looked.end, limit + 1);
  const merged = merge(looked.places, byId);
  const shown = merged.slice(0, limit);
  const last = merged.length > limit ? shown.at(-1) : looked.end;
  const earlier = before?.shown ?? 0;
  const { total, atLeast } = before?.counted ?? (await looked.count());
  const counted = { total: Math.min(mostCounted, Math.max(total, earlier + shown.length)), atLeast };
  return {
    items: await readTasks(
      queries,
      shown.map(({ id }) => id),
    ),
    nextCursor: last ? encode({ after: last, counted, shown: earlier + shown.length }) : null,
    total: counted.total,
    totalAtLeast: counted.atLeast,
  };
}

/** Ids of all that match, however long it takes to find them. */
export async function matchTasks(queries: Queries, criteria: TaskCriteria, limit: number): Promise<string[]> {
  const source = await taskSource(queries, criteria);
  const found = await places(queries, source, null, limit);
  const byId = await byPrefix(queries, criteria, null, null, limit);
  return merge(found, byId)
    .slice(0, limit)
    .map(({ id }) => id);
}

interface Looked {
  places: Place[];
  /** The last row that was looked at; null: there was none beyond. */
  end: Place | null;
  count(): Promise<Counted>;
}

function lookedAt(queries: Queries, source: TaskSource, after: Place | null, limit: number): Promise<Looked> {
  return source.stretch === null
    ? byIndex(queries, source, after, limit)
    : oneStretch(queries, source, source.stretch, after, limit);
}

async function byIndex(queries: Queries, source: TaskSource, after: Place | null, limit: number): Promise<Looked> {
  return { places: await places(queries, source, after, limit), end: null, count: () => countAll(queries, source) };
}

/** Page, count and where it ends, from rows that are each read once. */
async function oneStretch(
  queries: Queries,
  { from, within, filters }: TaskSource,
  stretch: number,
  after: Place | null,
  limit: number,
): Promise<Looked> {
  const newest = sql`ORDER BY t.created_at DESC, t.task_id DESC`;
  const matches = filters.length > 0 ? sql`(${sql.join(filters, sql` AND `)})` : sql`true`;
  const [row] = await queries.query<{ places: Place[] | null; end: Place | null; count: number }>(sql`
    WITH looked AS MATERIALIZED (
      SELECT row_number() OVER (${newest}) AS nth, t.created_at, t.task_id, ${matches} AS matches
      FROM ${from} ${allOf([...within, ...between(after, null)])} ${newest} LIMIT ${stretch}::int
    )
    SELECT (SELECT count(*)::int FROM looked WHERE matches) AS count,
           (SELECT jsonb_build_object('at', ${micros}, 'id', t.task_id)
            FROM looked t WHERE nth = ${stretch}::int) AS "end",
           (SELECT jsonb_agg(jsonb_build_object('at', ${micros}, 'id', t.task_id) ORDER BY nth)
            FROM (SELECT * FROM looked WHERE matches ORDER BY nth LIMIT ${limit}::int) AS t) AS places`);
  const { places: found, end = null, count = 0 } = row ?? { places: null };
  return { places: found ?? [], end, count: () => Promise.resolve({ total: count, atLeast: end !== null }) };
}

function places(
  queries: Queries,
  { from, within, filters }: TaskSource,
  after: Place | null,
  limit: number,
): Promise<Place[]> {
  const conditions = [...within, ...filters, ...between(after, null)];
  return queries.query<Place>(sql`
    SELECT ${micros} AS at, t.task_id AS id FROM ${from} ${allOf(conditions)}
    ORDER BY t.created_at DESC, t.task_id DESC LIMIT ${limit}::int`);
}

async function countAll(queries: Queries, { from, within }: TaskSource): Promise<Counted> {
  const [row] = await queries.query<{ count: number }>(sql`
    SELECT count(*)::int AS count
    FROM (SELECT FROM ${from} ${allOf(within)} LIMIT ${mostCounted + 1}::int) AS matching`);
  const count = row?.count ?? 0;
  return { total: Math.min(mostCounted, count), atLeast: count > mostCounted };
}

/** Tasks whose id begins with a short word that is searched for, beside those whose error has it. */
async function byPrefix(
  queries: Queries,
  criteria: TaskCriteria,
  after: Place | null,
  end: Place | null,
  limit: number,
): Promise<Place[]> {
  if (criteria.idPrefix === undefined) return [];
  const rows = await places(queries, prefixSource(criteria.idPrefix, criteria), after, limit);
  return rows.filter((place) => end === null || compare(place, end) <= 0);
}

function merge(one: Place[], two: Place[]): Place[] {
  if (two.length === 0) return one;
  const all = new Map([...one, ...two].map((place) => [place.id, place]));
  return [...all.values()].sort(compare);
}
