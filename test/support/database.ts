/** Databases for tests: PGlite from a template shared by all test files, and PostgreSQL where a server answers. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { buildTemplate, openDatabase } from '../../src/database/index.js';
import { migrations } from '../../src/database/migrations/embedded.js';
import type { Store } from '../../src/engine/ports.js';

let template: Promise<string> | null = null;

/** A migrated, empty PGlite directory for `openDatabase`'s `templateDir`; made once for each state of the migrations. */
export function sharedTemplate(): Promise<string> {
  template ??= makeTemplate();
  return template;
}

async function makeTemplate(): Promise<string> {
  const state = createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 16);
  const directory = join(tmpdir(), `zincir-template-${process.getuid?.() ?? 0}-${state}`);
  if (existsSync(directory)) return directory;
  const fresh = await mkdtemp(join(tmpdir(), 'zincir-template-new-'));
  await buildTemplate(fresh);
  // Test files that start together may each make one; the first that is ready wins.
  await rename(fresh, directory).catch(() => rm(fresh, { recursive: true, force: true }));
  return directory;
}

export interface TestDatabase {
  store: Store;
  url: string;
  drop(): Promise<void>;
}

/** An empty PGlite database in a directory of its own. */
export async function createPgliteDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-database-'));
  const url = `pglite://${join(directory, 'db')}`;
  const store = await openDatabase(url, { templateDir: await sharedTemplate() });
  return {
    store,
    url,
    async drop() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const serverUrl = process.env.ZINCIR_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test';

/** What a test that needs a PostgreSQL server says when it is skipped. */
export const postgresMissing = `needs a PostgreSQL server at ${serverUrl} (set ZINCIR_TEST_POSTGRES_URL)`;

export async function findPostgres(): Promise<boolean> {
  // Where one must be, a slow answer is an answer: no retry forgives a file that cannot begin.
  const connectionTimeoutMillis = process.env.ZINCIR_TEST_POSTGRES_URL ? 30_000 : 2_000;
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (thrown) {
    if (process.env.ZINCIR_TEST_POSTGRES_URL) throw thrown;
    return false;
  }
}

/** An empty database of its own on the server. */
export async function createPostgresDatabase(): Promise<TestDatabase> {
  const name = `zincir_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  await administer(`CREATE DATABASE ${name}`);
  const address = new URL(serverUrl);
  address.pathname = `/${name}`;
  const url = address.href;
  const store = await openDatabase(url);
  return {
    store,
    url,
    async drop() {
      await store.close();
      await administer(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Lets nobody onto the database and ends all who are, as a server does that restarts; the answer lets them in again.
 * It returns once the connections are gone and their holders can know: a statement that is sent on a connection while
 * it breaks may fail.
 */
export async function shutOut(url: string): Promise<() => Promise<void>> {
  const name = new URL(url).pathname.slice(1);
  await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await administer(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${name}'`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return () => administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
}

/** The same database as a user who may connect and nothing else; `drop` first takes back what the user was given. */
export async function strangerTo(url: string): Promise<{ url: string; name: string; drop(): Promise<void> }> {
  const name = `zincir_stranger_${randomUUID().slice(0, 8)}`;
  await administer(`CREATE ROLE ${name} LOGIN`);
  const address = new URL(url);
  address.username = name;
  return { url: address.href, name, drop: () => administer(`DROP ROLE ${name}`) };
}
