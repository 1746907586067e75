/**
 * The archive: filtered, sorted by any key with the id as tiebreak, page by page from where the last one ended.
 *
 * A missing value (an accuracy of a workflow that has none) comes last in both directions: infinity stands in for it,
 * below all or above all. The expressions here are those of the indexes in `schema.ts`.
 */
import { type SQL, sql } from 'drizzle-orm';
import { type WorkflowQuery, type WorkflowSortKey, workflowSortKeys } from '../../contract/api.js';
import type { WorkflowRecord } from '../../engine/ports.js';
import { decodeCursor, encodeCursor, type Place } from '../cursor.js';
import { list, type Queries } from '../driver.js';
import { searchPatterns } from '../search-text.js';
import { readWorkflows } from './read-workflows.js';

interface Order {
  key: SQL;
  /** PostgreSQL's name of the key's type, to read a cursor's value back. */
  type: SQL;
  descending: boolean;
}

function orderOf(sort: WorkflowQuery['sort']): Order {
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const sortKey = workflowSortKeys.find((key) => key === name) ?? 'id';
  return { ...expressionOf(sortKey, descending), descending };
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

export async function listWorkflows(
  queries: Queries,
  query: WorkflowQuery,
): Promise<{ items: WorkflowRecord[]; nextCursor: string | null; total: number }> {
  const order = orderOf(query.sort);
  const filters = filtersOf(query);
  const after = decodeCursor(query.sort, query.cursor);
  const [{ total } = { total: 0 }] = await queries.query<{ total: number }>(
    sql`SELECT count(*)::int AS total FROM workflow ${where(filters)}`,
  );
  const found = await queries.query<Place>(
    page(order, [...filters, ...(after ? [beyond(order, after)] : [])], query.limit + 1),
  );
  const places = found.slice(0, query.limit);
  const ids = places.map(({ id }) => id);
  const records = await readWorkflows(queries, sql`SELECT unnest(${list(ids)}::int[])`);
  const byId = new Map(records.map((record) => [record.id, record]));
  const last = places.at(-1);
  return {
    items: ids.flatMap((id) => byId.get(id) ?? []),
    nextCursor: last !== undefined && found.length > places.length ? encodeCursor(query.sort, last) : null,
    total,
  };
}

function filtersOf(query: WorkflowQuery): SQL[] {
  const filters: SQL[] = [];
  if (query.model.length > 0) filters.push(sql`model = ANY(${list(query.model)}::text[])`);
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

function page({ key, descending }: Order, conditions: SQL[], limit: number): SQL {
  const direction = sql.raw(descending ? 'DESC' : 'ASC');
  return sql`
    SELECT id, (${key})::text AS value FROM workflow ${where(conditions)}
    ORDER BY ${key} ${direction}, id ${direction} LIMIT ${limit}::int`;
}

/** Rows that come after the place where the last page ended. */
function beyond({ key, type, descending }: Order, { value, id }: Place): SQL {
  const compare = sql.raw(descending ? '<' : '>');
  return sql`(${key}, id) ${compare} (${String(value)}::text::${type}, ${id}::int)`;
}
