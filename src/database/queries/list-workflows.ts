/**
 * The archive: filtered, sorted by any key with the id as tiebreak, page by page from where the last one ended.
 *
 * A missing value (an accuracy of a workflow that has none) comes last in both directions: infinity stands in for it,
 * below all or above all. The expressions here are those of the indexes in `schema.ts`.
 */
import { type SQL, sql } from 'drizzle-orm';
import { type WorkflowQuery, type WorkflowSortKey, workflowSortKeys } from '../../contract/api.js';
import { WorkflowStatus } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import { ModelCode } from '../../contract/models.js';
import type { ListedWorkflow } from '../../engine/ports.js';
import type { WorkflowCounts } from '../counts.js';
import { decodeCursor, encodeCursor, notACursor, type Place } from '../cursor.js';
import { type Driver, list, type Queries, sqlState } from '../driver.js';
import { searchPatterns } from '../search-text.js';
import { readListed } from './read-workflows.js';

interface Order {
  key: SQL;
  /** PostgreSQL's name of the key's type, to read a cursor's value back. */
  type: SQL;
  direction: SQL;
  comparison: SQL;
  /** The number itself is the key. */
  isId: boolean;
}

function orderOf(sort: WorkflowQuery['sort']): Order {
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const sortKey = workflowSortKeys.find((key) => key === name) ?? 'id';
  const direction = sql.raw(descending ? 'DESC' : 'ASC');
  const comparison = sql.raw(descending ? '<' : '>');
  return { ...expressionOf(sortKey, descending), direction, comparison, isId: sortKey === 'id' };
}

function expressionOf(sortKey: WorkflowSortKey, descending: boolean): { key: SQL; type: SQL } {
  const float = (column: string) => {
    const missing = descending ? '-Infinity' : 'Infinity';
    return { key: sql.raw(`coalesce(${column}, '${missing}'::float8)`), type: sql.raw('float8') };
  };
  switch (sortKey) {
    case 'id':
      return { key: sql.raw('id'), type: sql.raw('int') };
    case 'createdAt':
      return { key: sql.raw('created_at'), type: sql.raw('timestamptz') };
    case 'name':
      return { key: sql.raw('name_key COLLATE "C"'), type: sql.raw('text') };
    case 'trainAccuracy':
      return float('train_accuracy');
    case 'validationAccuracy':
      return float('validation_accuracy');
    case 'durationMs':
      return float('duration_ms');
  }
}

/** @param counts how many there are of each status and model; in a large archive not counted for every page */
export async function listWorkflows(
  queries: Searched,
  counts: WorkflowCounts,
  query: WorkflowQuery,
): Promise<{ items: ListedWorkflow[]; nextCursor: string | null; total: number }> {
  const order = orderOf(query.sort);
  const after = decodeCursor(query.sort, query.cursor);
  const { total, places: found } = await refusingBadCursor(after, () =>
    searchPatterns(query.search ?? '').length > 0
      ? search(queries, query, order, after)
      : browse(queries, counts, query, order, after),
  );
  const places = found.slice(0, query.limit);
  const ids = places.map(({ id }) => id);
  const records = await readListed(queries, ids);
  const byId = new Map(records.map((record) => [record.id, record]));
  const last = places.at(-1);
  return {
    items: ids.flatMap((id) => byId.get(id) ?? []),
    nextCursor: last !== undefined && found.length > places.length ? encodeCursor(query.sort, last) : null,
    total,
  };
}

interface Found {
  total: number;
  /** One more than the page holds, where there are more. */
  places: Place[];
}

async function browse(
  queries: Queries,
  counts: WorkflowCounts,
  query: WorkflowQuery,
  order: Order,
  after: Place | null,
): Promise<Found> {
  const total = await counts.count(query.status, query.model);
  if (total === 0) return { total, places: [] };
  const range = query.model.length === 0 ? total : await counts.count(query.status, []);
  const rare = !order.isId && total * rareShare < range;
  return { total, places: await queries.query<Place>(rare ? fewPage(query, order, after) : page(query, order, after)) };
}

/** Where the models that are wanted are fewer than one in so many, to look for them along a sort key takes too long. */
const rareShare = 20;

/**
 * Each status has its own stretch of the index of every sort key (and each model of a status, of that by number),
 * with the page at one end of it. One stretch for all would not do: the failed workflows have no accuracy and all
 * stand at its far end, where to walk took 500 ms.
 */
function page(query: WorkflowQuery, order: Order, after: Place | null): SQL {
  const { key, direction, isId } = order;
  const limit = sql`LIMIT ${query.limit + 1}::int`;
  const statuses = query.status.length > 0 ? query.status : WorkflowStatus.options;
  const wanted = query.model.length > 0 ? query.model : ModelCode.options;
  const models = isId ? sql`CROSS JOIN unnest(${list(wanted)}::text[]) AS m(wanted_model)` : sql``;
  const ofModel = isId ? [sql`model = wanted_model`] : modelFilter(query);
  const conditions = [sql`status = wanted_status`, ...ofModel, ...beyond(order, key, after)];
  return sql`
    SELECT page.id, page.key::text AS value
    FROM unnest(${list(statuses)}::text[]) AS s(wanted_status) ${models}
    CROSS JOIN LATERAL (
      SELECT id, ${key} AS key FROM workflow ${where(conditions)} ORDER BY ${key} ${direction}, id ${direction} ${limit}
    ) AS page
    ORDER BY page.key ${direction}, page.id ${direction} ${limit}`;
}

/** All that match, then the first of them. (`OFFSET 0` keeps the planner from walking along the sort key after all.) */
function fewPage(query: WorkflowQuery, order: Order, after: Place | null): SQL {
  const { key, direction } = order;
  return sql`
    SELECT id, key::text AS value FROM (
      SELECT id, ${key} AS key FROM workflow ${where(filtersOf(query))} OFFSET 0
    ) AS matching ${where(beyond(order, sql`key`, after))}
    ORDER BY key ${direction}, id ${direction} LIMIT ${query.limit + 1}::int`;
}

/**
 * Few that match are all read in one statement, which counts them too. Of more than that, counting and the page are
 * looked for side by side, each in an index that holds nothing else: to keep them all for both takes longer. Where one
 * statement waits for another, it does not.
 */
async function search(queries: Searched, query: WorkflowQuery, order: Order, after: Place | null): Promise<Found> {
  const { key, direction } = order;
  const kept = queries.sideBySide ? mostKept : mostRows;
  const rows = await queries.query<{ total: number; id: number | null; value: string }>(sql`
    WITH matching AS MATERIALIZED (
      SELECT id, ${key} AS key FROM workflow ${where(filtersOf(query))} LIMIT ${kept + 1}::int
    )
    SELECT counted.total, page.id, page.key::text AS value
    FROM (SELECT count(*)::int AS total FROM matching) AS counted
    LEFT JOIN (
      SELECT id, key FROM matching ${where(beyond(order, sql`key`, after))}
      ORDER BY key ${direction}, id ${direction} LIMIT ${query.limit + 1}::int
    ) AS page ON counted.total <= ${kept}::int
    ORDER BY page.key ${direction}, page.id ${direction}`);
  const total = rows[0]?.total ?? 0;
  if (total > kept) return searchMany(queries, query, order, after);
  return { total, places: rows.flatMap(({ id, value }) => (id === null ? [] : { id, value })) };
}

type Searched = Pick<Driver, 'query' | 'tell' | 'sideBySide'>;

const mostKept = 2_000;
/** Numbers are PostgreSQL's integers. */
const mostRows = 2 ** 31 - 2;

async function searchMany(queries: Queries, query: WorkflowQuery, order: Order, after: Place | null): Promise<Found> {
  const [counted, places] = await Promise.all([
    queries.query<{ total: number }>(sql`SELECT count(*)::int AS total FROM workflow ${where(filtersOf(query))}`),
    queries.query<Place>(fewPage(query, order, after)),
  ]);
  return { total: counted[0]?.total ?? 0, places };
}

const modelFilter = ({ model }: WorkflowQuery): SQL[] =>
  model.length > 0 ? [sql`model = ANY(${list(model)}::text[])`] : [];

function filtersOf(query: WorkflowQuery): SQL[] {
  const filters = modelFilter(query);
  if (query.status.length > 0) filters.push(sql`status = ANY(${list(query.status)}::text[])`);
  const search = (query.search ?? '').trim();
  const words = searchPatterns(search).map((pattern) => sql`search_text LIKE ${pattern}::text`);
  if (words.length > 0) {
    const named = sql.join(words, sql` AND `);
    const id = /^#?(\d{1,9})$/.exec(search)?.[1];
    filters.push(id === undefined ? named : sql`(id = ${Number(id)}::int OR (${named}))`);
  }
  return filters;
}

const where = (conditions: SQL[]): SQL =>
  conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;

/** Rows that come after the place where the last page ended. */
function beyond({ type, comparison }: Order, key: SQL, after: Place | null): SQL[] {
  if (after === null) return [];
  return [sql`(${key}, id) ${comparison} (${String(after.value)}::text::${type}, ${after.id}::int)`];
}

/** A cursor is opaque, yet anyone can write one: a value that is none of the key's type is the client's mistake. */
async function refusingBadCursor<Result>(after: Place | null, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (thrown) {
    const badValue = after !== null && sqlState(thrown)?.startsWith('22');
    if (badValue) throw new AppError('REQUEST_INVALID', { field: 'cursor', rule: notACursor }, { cause: thrown });
    throw thrown;
  }
}
