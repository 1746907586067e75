import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newDataset, start } from '../../test/conformance/chain.js';
import {
  createPostgresDatabase,
  findPostgres,
  postgresMissing,
  sharedTemplate,
  type TestDatabase,
} from '../../test/support/database.js';
import { openDatabase } from './index.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations/embedded.js';
import { openPglite } from './pglite.js';
import { openPostgres } from './postgres.js';
import * as schema from './schema.js';
import { createWatchers } from './watch.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-database-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('the embedded migrations are those of the SQL files, in their order', async () => {
  const folder = fileURLToPath(new URL('./migrations/', import.meta.url));
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  expect(migrations.map(({ name }) => `${name}.sql`)).toEqual(files);
  for (const { name, statements } of migrations) {
    const text = (await readFile(join(folder, `${name}.sql`), 'utf8')).replaceAll('"public".', '');
    expect(text.split('--> statement-breakpoint').map((statement) => statement.trim())).toEqual(statements);
  }
});

test('the migrations lead to the schema as it stands', async () => {
  const folder = new URL('./migrations/meta/', import.meta.url);
  const last = String(migrations.length - 1).padStart(4, '0');
  const reached = JSON.parse(await readFile(new URL(`${last}_snapshot.json`, folder), 'utf8'));
  expect(await generateMigration(reached, generateDrizzleJson(schema, reached.id))).toEqual([]);
});

test('an address of another kind is refused without its password', async () => {
  await expect(openDatabase('mysql://user:secret@host/db')).rejects.toMatchObject({
    code: 'SETTING_INVALID',
    params: {
      setting: 'ZINCIR_DATABASE_URL',
      value: 'mysql://user:***@host/db',
      rule: 'begins with pglite:// or postgres://',
    },
  });
});

test('a server that is not there is told as such', async () => {
  await expect(openDatabase('postgres://nobody@127.0.0.1:1/none')).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  });
});

describe('PGlite', () => {
  test('what is written is there after a close, and the template is left as it was', async () => {
    const templateDir = await sharedTemplate();
    const url = `pglite://${encodeURIComponent(join(directory, 'with space', 'db'))}`;
    const dataset = newDataset();
    const first = await openDatabase(url, { templateDir });
    const { record } = await first.insertDataset(dataset, start);
    await first.close();
    const again = await openDatabase(url, { templateDir });
    expect(await again.findDataset(record.id)).toEqual(record);
    await again.close();
    const other = await openDatabase(`pglite://${join(directory, 'other')}`, { templateDir });
    expect(await other.findDataset(record.id)).toBeNull();
    await other.close();
  });

  test('housekeeping goes to the tables in which much has changed', async () => {
    const driver = await openPglite(join(directory, 'tidy'), await sharedTemplate());
    await driver.query(sql`
      INSERT INTO worker (name, host, pid, queues, concurrency, version, online, started_at, heartbeat_at)
      SELECT 'worker-' || n, '', 1, '[]', 1, '', false, now(), now() FROM generate_series(1, 5000) AS n`);
    const vacuums = () =>
      driver.query(sql`SELECT vacuum_count::int AS n FROM pg_stat_user_tables WHERE relname IN ('worker', 'dataset')
                       ORDER BY relname`);
    await driver.query(sql`SELECT pg_stat_force_next_flush()`);
    await driver.maintain();
    await driver.query(sql`SELECT pg_stat_force_next_flush()`);
    expect(await vacuums()).toEqual([{ n: 0 }, { n: 1 }]);
    await driver.close();
  });

  test('a directory without a template is made from nothing', async () => {
    const store = await openDatabase(`pglite://${join(directory, 'no-template')}`);
    expect((await store.check()).ok).toBe(true);
    await store.close();
  }, 60_000);

  test('a process that is killed loses nothing that it was told is written', async () => {
    const url = `pglite://${join(directory, 'killed')}`;
    const store = await openDatabase(url, { templateDir: await sharedTemplate() });
    await store.close();
    const program = join(directory, 'writer.mts');
    const entry = new URL('./index.ts', import.meta.url).href;
    await writeFile(
      program,
      `import { openDatabase } from ${JSON.stringify(entry)};
       const store = await openDatabase(process.argv[2] ?? '');
       const dataset = ${JSON.stringify(newDataset())};
       for (let i = 0; ; i++) {
         const { record } = await store.insertDataset({ ...dataset, sha256: String(i) }, new Date());
         process.stdout.write(record.sha256 + '\\n');
       }`,
    );
    const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url));
    expect(existsSync(tsx)).toBe(true);
    const writer = spawn(process.execPath, ['--import', tsx, program, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of writer.stdout) {
      output += String(chunk);
      if (output.split('\n').length > 20) writer.kill('SIGKILL');
    }
    const told = output.split('\n').slice(0, -1);
    const reopened = await openDatabase(url);
    for (const sha256 of told) expect(await reopened.findDatasetBySha256(sha256)).not.toBeNull();
    await reopened.close();
  }, 60_000);
});

const reachable = await findPostgres();
describe.skipIf(!reachable)(`PostgreSQL${reachable ? '' : `: ${postgresMissing}`}`, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createPostgresDatabase();
  });
  afterAll(() => database?.drop());

  test('ten processes that start at once on an empty database apply each migration once', async () => {
    const setup = openPostgres(database.url);
    await setup.query(sql`DROP SCHEMA public CASCADE`);
    await setup.query(sql`CREATE SCHEMA public`);
    const drivers = Array.from({ length: 10 }, () => openPostgres(database.url));
    const applied = await Promise.all(drivers.map(migrate));
    expect(applied.filter((names) => names.length > 0)).toEqual([migrations.map(({ name }) => name)]);
    await Promise.all([setup, ...drivers].map((driver) => driver.close()));
  });

  test('connections that the server ends are made anew, and watchers are told to look', async () => {
    const [driver, killer] = [openPostgres(database.url), openPostgres(database.url)];
    const heard: string[] = [];
    await driver.listen('zincir_test', (payload) => heard.push(payload ?? 'look at everything'));
    await killer.query(sql`SELECT pg_notify('zincir_test', 'one')`);
    await expect.poll(() => heard).toEqual(['one']);
    const [me] = await killer.query<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
    await killer.query(sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> ${me?.pid ?? 0}::int`);
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['one', 'look at everything']);
    expect(await driver.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    await killer.query(sql`SELECT pg_notify('zincir_test', 'two')`);
    await expect.poll(() => heard).toEqual(['one', 'look at everything', 'two']);
    await Promise.all([driver.close(), killer.close()]);
  });

  test('transactions that lock each other out both happen', async () => {
    const driver = openPostgres(database.url);
    await driver.query(sql`CREATE TABLE pair (id int PRIMARY KEY, n int NOT NULL)`);
    await driver.query(sql`INSERT INTO pair VALUES (1, 0), (2, 0)`);
    const both = (first: number, second: number) =>
      driver.transaction(async (tx) => {
        await tx.query(sql`UPDATE pair SET n = n + 1 WHERE id = ${first}::int`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await tx.query(sql`UPDATE pair SET n = n + 1 WHERE id = ${second}::int`);
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    expect(await driver.query(sql`SELECT n FROM pair ORDER BY id`)).toEqual([{ n: 2 }, { n: 2 }]);
    await driver.close();
  });
});

test('five hundred watchers share one LISTEN', async () => {
  let listens = 0;
  let tell: (payload: string | null) => void = () => {};
  const driver = {
    sideBySide: true,
    query: async () => [],
    transaction: () => Promise.reject(new Error('not here')),
    tell: () => {},
    maintain: async () => {},
    describe: async () => ({ ok: true, detail: '' }),
    close: async () => {},
    listen: async (_: string, heard: (payload: string | null) => void) => {
      listens++;
      tell = heard;
      return async () => {};
    },
  };
  const watchers = createWatchers(driver, 'channel', 5);
  let calls = 0;
  const stops = await Promise.all(Array.from({ length: 500 }, (_, i) => watchers.watch(String(i % 50), () => calls++)));
  for (let i = 0; i < 100; i++) tell('7');
  await expect.poll(() => calls).toBe(10);
  tell(null);
  await expect.poll(() => calls).toBe(510);
  await Promise.all(stops.map((stop) => stop()));
  tell(null);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([calls, listens]).toEqual([510, 1]);
});
