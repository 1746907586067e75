/** PostgreSQL inside this process, its files in a directory of ours. One connection: statements run one by one. */
import { mkdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PGlite, type Transaction, types } from '@electric-sql/pglite';
import { type Driver, type Queries, render, serverVersion, withRetries } from './driver.js';
import { Listeners } from './hints.js';
import { copyTemplate } from './template.js';

/** More than this brings nothing for tables of our size, and costs memory and time at every start. */
const postgresqlconf = ['shared_buffers = 16MB'];

/** Opens the database in `directory`; a fresh directory begins as a copy of the template, where one is given. */
export async function openPglite(directory: string, templateDir?: string): Promise<Driver> {
  if (templateDir !== undefined) await copyTemplate(templateDir, directory);
  await mkdir(directory, { recursive: true });
  const database = await PGlite.create(directory, {
    postgresqlconf,
    relaxedDurability: false,
    parsers: { [types.INT8]: Number },
  });
  // All who can listen are in this process: the database need not carry the word.
  const listeners = new Listeners();
  const tell: Queries['tell'] = (channel, payload) => listeners.tell(channel, payload);
  return {
    query: (statement) => fairly(() => run(database, statement)),
    tell,
    transaction: (work) =>
      fairly(async () => {
        const told: Parameters<Queries['tell']>[] = [];
        const tx = (inside: Transaction): Queries => ({
          query: (statement) => run(inside, statement),
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
    async describe() {
      const [row] = await run<{ version: string }>(database, serverVersion);
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

async function run<Row>(connection: PGlite | Transaction, ...[statement]: Parameters<Queries['query']>) {
  const { text, values } = render(statement);
  const { rows } = await connection.query<Row>(text, values);
  return rows;
}
