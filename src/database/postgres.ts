/** A PostgreSQL server, through a bounded pool and one connection that listens. */
import pg from 'pg';
import { type Driver, type Queries, render, serverVersion, withRetries } from './driver.js';
import { createListener } from './listener.js';

const maxConnections = 10;
const connectTimeoutMs = 10_000;

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
};

/** Opens `postgres://user:pass@host/db`; connections are made when they are needed, and made anew when they break. */
export function openPostgres(url: string): Driver {
  const settings: pg.PoolConfig = {
    connectionString: url,
    types,
    application_name: 'zincir',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...settings, max: maxConnections });
  // An idle connection that breaks is replaced at its next use; without a listener the event would end the process.
  pool.on('error', () => {});
  const listener = createListener(() => new pg.Client(settings));
  return {
    query: (statement) => withRetries(() => run(pool, statement)),
    transaction: (work) => withRetries(() => inTransaction(pool, work)),
    listen: listener.listen,
    async describe() {
      const [row] = await withRetries(() => run<{ version: string }>(pool, serverVersion));
      const { host, pathname } = new URL(url);
      return `PostgreSQL ${row?.version ?? ''}, ${host}${pathname}`;
    },
    async close() {
      await listener.close();
      await pool.end();
    },
  };
}

async function inTransaction<Result>(pool: pg.Pool, work: (tx: Queries) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work({ query: (statement) => run(client, statement) });
    await client.query('COMMIT');
    return result;
  } catch (thrown) {
    // A connection that cannot even roll back is not given to anyone else.
    await client.query('ROLLBACK').catch((error: Error) => {
      broken = error;
    });
    throw thrown;
  } finally {
    client.release(broken);
  }
}

async function run<Row>(connection: pg.Pool | pg.PoolClient, ...[statement]: Parameters<Queries['query']>) {
  const { text, values } = render(statement);
  const { rows } = await connection.query(text, values);
  const typed: Row[] = rows;
  return typed;
}
