/** A PostgreSQL server, through a bounded pool and one connection that listens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { AppError } from '../contract/errors.js';
import {
  type Driver,
  json,
  onlyReads,
  type Queries,
  render,
  serverVersion,
  sqlState,
  unavailable,
  unhurried,
  withRetries,
} from './driver.js';
import { HintSender, Listeners } from './hints.js';
import { createListener } from './listener.js';
import { missingRights } from './rights.js';

const maxConnections = 10;
const connectTimeoutMs = 10_000;
/** So long a server may take to come back before callers are told that it is away: a restart takes a second or two. */
const patienceMs = 5_000;
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** The pages of an index lie on no turning disk, and to compile a statement takes longer than any of ours runs. */
const planning = 'SET random_page_cost = 1.1; SET jit = off';

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
  const pool = new pg.Pool({ ...settings, max: maxConnections, onConnect: (client) => client.query(planning) });
  // An idle connection that breaks is replaced at its next use; without a listener the event would end the process.
  pool.on('error', () => {});
  const own = new Set<number>();
  pool.on('connect', (client) => {
    own.add(processIdOf(client));
    // The pool listens to idle ones only. Whoever holds this one is told by its next statement.
    client.on('error', () => {});
  });
  pool.on('remove', (client) => void own.delete(processIdOf(client)));

  const query: Queries['query'] = (statement, name) => {
    const rendered = { name, ...render(statement) };
    return withRetries(() => evenWhenCutOff(rendered, () => onConnection(pool, (client) => run(client, rendered))));
  };
  const listeners = new Listeners();
  const listener = createListener(
    listeners,
    () => new pg.Client(settings),
    (processId) => own.has(processId),
  );
  const sender = new HintSender((hints) =>
    query(
      sql`
        SELECT ${unhurried}, pg_notify(hint.channel, hint.payload)
        FROM jsonb_to_recordset(${json(hints)}) AS hint(channel text, payload text)`,
      'tell',
    ),
  );
  const tell: Queries['tell'] = (channel, payload) => {
    listeners.tell(channel, payload);
    sender.add({ channel, payload });
  };
  return {
    sideBySide: true,
    query,
    tell,
    transaction: (work) => withRetries(() => onConnection(pool, (client) => inTransaction(client, tell, work))),
    listen: listener.listen,
    maintain: async () => {},
    async describe() {
      const [row] = await query<{ version: string }>(serverVersion);
      const { host, pathname } = new URL(url);
      const missing = await missingRights(query);
      const place = `PostgreSQL ${row?.version ?? ''}, ${host}${pathname}`;
      const needed = missing.map((right) => `; GRANT ${right}`);
      return { ok: missing.length === 0, detail: place + needed.join('') };
    },
    async close() {
      await sender.drain();
      await listener.close();
      await pool.end();
    },
  };
}

/** The number of the server's process behind a connection, as notifications name it; pg's types leave it out. */
function processIdOf(client: pg.PoolClient): number {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : 0;
}

async function onConnection<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await connected(pool);
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (thrown) {
    // An error without the five characters of PostgreSQL, or its last word, is one of the connection: nobody else gets it.
    if (thrown instanceof Error && !/^(?!57P0|08)[0-9A-Z]{5}$/.test(sqlState(thrown) ?? '')) broken = thrown;
    throw thrown;
  } finally {
    client.release(broken);
  }
}

/**
 * A connection from the pool. While the server cannot be reached it is asked again, for a while: nothing has been
 * sent yet, so nothing can happen twice. (Once a statement is on its way, a broken connection leaves open whether it
 * took effect, and only the caller knows what to do about that.)
 */
async function connected(pool: pg.Pool): Promise<pg.PoolClient> {
  const until = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await pool.connect();
    } catch (thrown) {
      if (!comesBack(thrown) || performance.now() + pauseMs > until) throw unavailable(thrown);
      await sleep(pauseMs * (0.5 + Math.random() / 2));
    }
  }
}

/**
 * Asks once more where the connection broke under a statement that only reads. One that lay idle while the server ended
 * it (a restart, a proxy's limit) is found out by the statement that is sent on it, which has not run then. Of one that
 * writes that cannot be known.
 */
async function evenWhenCutOff<Result>({ text }: { text: string }, once: () => Promise<Result>): Promise<Result> {
  try {
    return await once();
  } catch (thrown) {
    if (thrown instanceof AppError || !comesBack(thrown) || !onlyReads(text)) throw thrown;
    return once();
  }
}

/** Refused, cut off, shutting down, starting up, or (for now) without room: all that a restart may bring about. */
function comesBack(thrown: unknown): boolean {
  const code = sqlState(thrown);
  if (code !== null) return /^(57P0[123]|53300|55000|08...)$|^ECONN(REFUSED|RESET)$|^EPIPE$/.test(code);
  return thrown instanceof Error && /terminated unexpectedly/i.test(thrown.message);
}

async function inTransaction<Result>(
  client: pg.PoolClient,
  tell: Queries['tell'],
  work: (tx: Queries) => Promise<Result>,
): Promise<Result> {
  const told: Parameters<Queries['tell']>[] = [];
  try {
    await client.query('BEGIN');
    const result = await work({
      query: (statement, name) => run(client, { name, ...render(statement) }),
      tell: (...hint) => void told.push(hint),
    });
    await client.query('COMMIT');
    for (const hint of told) tell(...hint);
    return result;
  } catch (thrown) {
    // A connection that cannot even roll back is gone, and says so itself.
    await client.query('ROLLBACK').catch(() => {});
    throw thrown;
  }
}

async function run<Row>(client: pg.PoolClient, rendered: pg.QueryConfig): Promise<Row[]> {
  const { rows } = await client.query(rendered);
  const typed: Row[] = rows;
  return typed;
}
