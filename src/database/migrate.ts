import { sql } from 'drizzle-orm';
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
