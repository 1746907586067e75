import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { createPostgresDatabase, findPostgres, postgresMissing } from '../../test/support/database.js';
import { openPostgres } from './postgres.js';

const reachable = await findPostgres();

test.skipIf(!reachable)(
  `a connection that breaks between two statements of a transaction fails the transaction, not the process${reachable ? '' : `: ${postgresMissing}`}`,
  async () => {
    const database = await createPostgresDatabase();
    const driver = openPostgres(database.url);
    const other = openPostgres(database.url);
    const shaken = driver.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await other.query(sql`SELECT pg_terminate_backend(${row?.pid}::int)`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await tx.query(sql`SELECT 1`);
    });
    await expect(shaken).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
    expect(await driver.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    await Promise.all([driver.close(), other.close()]);
    await database.drop();
  },
);
