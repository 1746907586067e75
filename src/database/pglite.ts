/** PostgreSQL inside this process, its files in a directory of ours. One connection: statements run one by one. */
import { mkdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PGlite, type Transaction, types } from '@electric-sql/pglite';
import { type SQL, sql } from 'drizzle-orm';
import { escapeLiteral } from 'pg';
import { type Driver, type Queries, render, serverVersion, withRetries } from './driver.js';
import { Listeners } from './hints.js';
import { copyTemplate } from './template.js';

/** More than this brings nothing for tables of our size, and costs memory and time at every start. */
const postgresqlconf = ['shared_buffers = 16MB', 'random_page_cost = 1.1'];

/** Those in which enough has changed since the last time. */
const tables = sql`
  SELECT quote_ident(relname) AS name FROM pg_stat_user_tables
  WHERE n_dead_tup + n_ins_since_vacuum > 1000 + 0.1 * n_live_tup`;

/** Opens the database in `directory`; a fresh directory begins as a copy of the template, where one is given. */
export async function openPglite(directory: string, templateDir?: string): Promise<Driver> {
  if (templateDir !== undefined) await copyTemplate(templateDir, directory);
  await mkdir(directory, { recursive: true });
  const database = await PGlite.create(directory, {
    postgresqlconf,
    relaxedDurability: false,
    parsers: { [types.INT8]: Number },
  });
  const run = statementRunner();
  // All who can listen are in this process: the database need not carry the word.
  const listeners = new Listeners();
  const tell: Queries['tell'] = (channel, payload) => listeners.tell(channel, payload);
  return {
    sideBySide: false,
    query: (statement, name) => fairly(() => run(database, statement, name)),
    tell,
    transaction: (work) =>
      fairly(async () => {
        const told: Parameters<Queries['tell']>[] = [];
        const tx = (inside: Transaction): Queries => ({
          query: (statement, name) => run(inside, statement, name),
          tell: (...hint) => void told.push(hint),
        });
        const result = await database.transaction((inside) => work(tx(inside)));
        for (const hint of told) tell(...hint);
        return result;
      }),
    async listen(channel, heard) {
      listeners.add(channel, heard);
      return async () => listeners.remove(channel, heard);
    },
    /** Nobody else does: without it the tables grow, and a reading of an index goes to the rows as well. */
    async maintain() {
      for (const table of await fairly(() => run<{ name: string }>(database, tables, undefined))) {
        await fairly(() => database.exec(`VACUUM (ANALYZE) ${table.name}`));
      }
    },
    async describe() {
      const [row] = await run<{ version: string }>(database, serverVersion, undefined);
      return { ok: true, detail: `PostgreSQL ${row?.version ?? ''} (PGlite), ${directory}` };
    },
    close: () => database.close(),
  };
}

/**
 * Statements run inside this thread and resolve as microtasks, so a caller that awaits one after the other would keep
 * timers and sockets waiting for as long as it goes on. A turn of the event loop after each gives them their share.
 */
async function fairly<Result>(once: () => Promise<Result>): Promise<Result> {
  try {
    return await withRetries(once);
  } finally {
    await nextTurn();
  }
}

/**
 * Runs statements on the one connection. To plan one takes this PostgreSQL longer than to run it, so those with a
 * name are prepared once. (Its client has no way to bind values to a statement that is prepared; EXECUTE takes them
 * as literals.)
 */
function statementRunner() {
  const prepared = new Map<string, Promise<unknown>>();
  return async <Row>(connection: PGlite | Transaction, statement: SQL, name: string | undefined): Promise<Row[]> => {
    const { text, values } = render(statement);
    if (name === undefined) return (await connection.query<Row>(text, values)).rows;
    const known = prepared.get(name) ?? connection.exec(`PREPARE "${name}" AS ${text}`);
    prepared.set(name, known);
    await known.catch((thrown) => {
      prepared.delete(name);
      throw thrown;
    });
    const given = values.length > 0 ? `(${values.map(literal).join(', ')})` : '';
    return (await connection.query<Row>(`EXECUTE "${name}"${given}`)).rows;
  };
}

/** A value as an untyped literal, which takes the type of its parameter. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return escapeLiteral(textOf(value));
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `{${value.map((item) => JSON.stringify(textOf(item))).join(',')}}`;
  return String(value);
}
