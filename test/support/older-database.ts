/** A database as an older version left it: its tables, and rows that it wrote. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { z } from 'zod';
import { openDatabase } from '../../src/database/index.js';
import { migrations } from '../../src/database/migrations/embedded.js';
import type { Store } from '../../src/engine/ports.js';
import { sharedTemplate } from './database.js';

export const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/upgrade/${name}`, import.meta.url), 'utf8'));

export type Rows = Record<string, Record<string, unknown>[]>;

/** What version 0.1.0 held after it was killed: one workflow completed, one in training, one that waited. */
export const rowsOf010 = (): Rows =>
  z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).parse(fixture('rows-0.1.0.json'));

export interface OlderDatabase {
  store: Store;
  close(): Promise<void>;
}

/**
 * @param tables the tables when the rows are written: those of 0.1.0, which are migrated then, or those of today, into
 * which a node of 0.1.0 still writes during an upgrade
 */
export async function openOlderDatabase(tables: '0.1.0' | 'today', rows: Rows): Promise<OlderDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-upgrade-'));
  const database = join(directory, 'db');
  const url = `pglite://${database}`;
  if (tables === 'today') await (await openDatabase(url, { templateDir: await sharedTemplate() })).close();
  const raw = await PGlite.create(database);
  if (tables === '0.1.0') {
    const [first] = migrations;
    for (const statement of first?.statements ?? []) await raw.exec(statement);
    await raw.exec('CREATE TABLE zincir_migration (name text PRIMARY KEY)');
    await raw.query('INSERT INTO zincir_migration (name) VALUES ($1)', [first?.name]);
  }
  for (const [table, records] of Object.entries(rows)) {
    for (const record of records) await insert(raw, table, record);
    if (!records.some(({ id }) => typeof id === 'number')) continue;
    await raw.exec(`SELECT setval(pg_get_serial_sequence('${table}', 'id'), (SELECT max(id) FROM "${table}"))`);
  }
  await raw.close();
  const store = await openDatabase(url);
  return {
    store,
    async close() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** With the columns that the row has and no other. */
async function insert(raw: PGlite, table: string, record: Record<string, unknown>): Promise<void> {
  const columns = Object.keys(record)
    .map((name) => `"${name}"`)
    .join(', ');
  await raw.query(
    `INSERT INTO "${table}" (${columns}) OVERRIDING SYSTEM VALUE
     SELECT ${columns} FROM jsonb_populate_record(NULL::"${table}", $1::jsonb)`,
    [JSON.stringify(record)],
  );
}
