import { type SQL, sql } from 'drizzle-orm';
import type { DatasetQuery } from '../../contract/api.js';
import { AppError } from '../../contract/errors.js';
import type { DatasetRecord, NewDataset } from '../../engine/ports.js';
import type { WorkflowCounts } from '../counts.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { type Driver, json, type Queries } from '../driver.js';
import { searchPatterns, searchText } from '../search-text.js';

const columns = sql`
  id, name, file_name AS "fileName", file, sha256, size_bytes AS "sizeBytes", created_at AS "createdAt", dialect,
  profile`;

const selectDataset = sql`
  SELECT ${columns},
         (SELECT count(*)::int FROM workflow WHERE workflow.dataset_id = dataset.id) AS workflows
  FROM dataset`;

async function one(queries: Queries, condition: SQL): Promise<DatasetRecord | null> {
  const [record] = await queries.query<DatasetRecord>(sql`${selectDataset} WHERE ${condition}`);
  return record ?? null;
}

export const findDataset = (queries: Queries, id: number) => one(queries, sql`id = ${id}::int`);

export async function readDataset(queries: Queries, id: number): Promise<Omit<DatasetRecord, 'workflows'> | null> {
  const [record] = await queries.query<Omit<DatasetRecord, 'workflows'>>(
    sql`SELECT ${columns} FROM dataset WHERE id = ${id}::int`,
    'read-dataset',
  );
  return record ?? null;
}

export const findDatasetBySha256 = (queries: Queries, sha256: string) => one(queries, sql`sha256 = ${sha256}::text`);

export async function insertDataset(
  driver: Driver,
  dataset: NewDataset,
  now: Date,
): Promise<{ record: DatasetRecord; duplicate: boolean }> {
  return driver.transaction(async (tx) => {
    const inserted = await tx.query(sql`
      INSERT INTO dataset (name, file_name, file, sha256, size_bytes, created_at, dialect, profile, search_text)
      VALUES (${dataset.name}::text, ${dataset.fileName}::text, ${dataset.file}::text, ${dataset.sha256}::text,
              ${dataset.sizeBytes}::bigint, ${now}::timestamptz, ${json(dataset.dialect)}, ${json(dataset.profile)},
              ${searchText(dataset.name, dataset.fileName)}::text)
      ON CONFLICT (sha256) DO NOTHING RETURNING id`);
    const record = await findDatasetBySha256(tx, dataset.sha256);
    if (record === null) throw new AppError('INTERNAL', { detail: `dataset ${dataset.sha256} vanished` });
    return { record, duplicate: inserted.length === 0 };
  });
}

/** How many workflows each has may be as old as `counts` says. */
export async function listDatasets(
  queries: Queries,
  counts: WorkflowCounts,
  query: DatasetQuery,
): Promise<{ items: DatasetRecord[]; nextCursor: string | null }> {
  const after = decodeCursor('-id', query.cursor);
  const conditions = searchPatterns(query.search ?? '').map((pattern) => sql`search_text LIKE ${pattern}::text`);
  if (after) conditions.push(sql`id < ${after.id}::int`);
  const where = conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;
  const [found, workflows] = await Promise.all([
    queries.query<Omit<DatasetRecord, 'workflows'>>(
      sql`SELECT ${columns} FROM dataset ${where} ORDER BY id DESC LIMIT ${query.limit + 1}::int`,
    ),
    // Not joined: of a search the planner expects one dataset, and counts anew for each that it finds.
    counts.ofDatasets(),
  ]);
  const items = found.slice(0, query.limit).map((record) => ({ ...record, workflows: workflows.get(record.id) ?? 0 }));
  const last = items.at(-1);
  const more = found.length > items.length && last !== undefined;
  return { items, nextCursor: more ? encodeCursor('-id', { value: last.id, id: last.id }) : null };
}

export async function deleteDataset(driver: Driver, id: number): Promise<DatasetRecord | null> {
  return driver.transaction(async (tx) => {
    // The lock keeps a workflow from being created on the dataset until it is gone.
    await tx.query(sql`SELECT id FROM dataset WHERE id = ${id}::int FOR UPDATE`);
    const record = await findDataset(tx, id);
    if (record === null) return null;
    if (record.workflows > 0) throw new AppError('DATASET_IN_USE', { id, workflows: record.workflows });
    await tx.query(sql`DELETE FROM dataset WHERE id = ${id}::int`);
    return record;
  });
}
