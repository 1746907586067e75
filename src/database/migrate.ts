import { sql } from 'drizzle-orm';
import { AppError } from '../contract/errors.js';
import type { Driver } from './driver.js';
import { migrations } from './migrations/embedded.js';

/** Any number, as long as every version of the program uses the same. */
const lockKey = 7_213_950_611;

/**
 * Brings the tables to the state that this version of the program expects. All that is missing is applied in one
 * transaction, under a lock that makes processes which start together wait for the first.
 * @returns the names of the migrations applied now
 */
export async function migrate(driver: Driver): Promise<string[]> {
  return driver.transaction(async (tx) => {
    await tx.query(sql`SELECT pg_advisory_xact_lock(${lockKey}::bigint)`);
    const [found] = await tx.query<{ present: boolean }>(
      sql`SELECT to_regclass('zincir_migration') IS NOT NULL AS present`,
    );
    if (!found?.present) await tx.query(sql`CREATE TABLE zincir_migration (name text PRIMARY KEY)`);
    const applied = await tx.query<{ name: string }>(sql`SELECT name FROM zincir_migration`);
    const missing = migrations.filter(({ name }) => !applied.some((row) => row.name === name));
    for (const { name, statements } of missing) {
      for (const statement of statements) await tx.query(sql.raw(statement));
      await tx.query(sql`INSERT INTO zincir_migration (name) VALUES (${name})`);
    }
    return missing.map(({ name }) => name);
  });
}

/**
 * An index that finds parts of words, where the server has the extension and lets us have it; else a search looks
 * through all texts. It is no part of the schema: PGlite would have to load the extension at every start.
 * @returns whether there is one now
 */
export async function indexForSearch(driver: Driver): Promise<boolean> {
  try {
    return await driver.transaction(async (tx) => {
      await tx.query(sql`SELECT pg_advisory_xact_lock(${lockKey}::bigint)`);
      const [found] = await tx.query<{ present: boolean }>(
        sql`SELECT to_regclass('workflow_search') IS NOT NULL AS present`,
      );
      if (found?.present) return true;
      await tx.query(sql`CREATE EXTENSION IF NOT EXISTS pg_trgm`);
      await tx.query(sql`CREATE INDEX workflow_search ON workflow USING gin (search_text gin_trgm_ops)`);
      return true;
    });
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'DATABASE_UNAVAILABLE') throw thrown;
    return false;
  }
}
