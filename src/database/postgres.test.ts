import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, claimNext, createChain, fenceOf, newDataset, outputOf, start } from '../../test/conformance/chain.js';
import {
  createPostgresDatabase,
  findPostgres,
  postgresMissing,
  shutOut,
  strangerTo,
  type TestDatabase,
} from '../../test/support/database.js';
import { onlyReads } from './driver.js';
import { openDatabase } from './index.js';
import { indexForSearch } from './migrate.js';
import { openPostgres } from './postgres.js';

const reachable = await findPostgres();
describe.skipIf(!reachable)(`PostgreSQL${reachable ? '' : `: ${postgresMissing}`}`, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createPostgresDatabase();
  });
  afterAll(() => database?.drop());

  test('a restart of the server delays what is asked for meanwhile, and fails none of it', async () => {
    const { store, url } = database;
    const id = await createChain(store);
    const heard: number[] = [];
    const stop = await store.watch(id, () => heard.push(1));
    const letIn = await shutOut(url);
    const [claimed] = await Promise.all([
      claimNext(store, id),
      store.findWorkflow(id),
      ...Array.from({ length: 20 }, () => store.insertDataset(newDataset(), start)),
      new Promise((resolve) => setTimeout(resolve, 700)).then(letIn),
    ]);
    expect(await store.completeStep(fenceOf(claimed), outputOf(claimed), start)).toBe(true);
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    await stop();
  });

  test('a server that stays away is told as such, and is used again when it is back', async () => {
    const { store, url } = database;
    const letIn = await shutOut(url);
    const failure = { code: 'DATABASE_UNAVAILABLE', retryable: true };
    const asked = [store.findWorkflow(1), store.claimStep(1, 'worker-1', 1_000, start), store.dueOutbox(1, start)];
    await Promise.all(asked.map((answer) => expect(answer).rejects.toMatchObject(failure)));
    expect(await store.check()).toMatchObject({ ok: false });
    await letIn();
    expect(await store.findWorkflow(1)).not.toBeNull();
  }, 30_000);

  test('a connection that breaks in the middle of a statement that writes is a fault that can be tried again', async () => {
    const driver = openPostgres(database.url);
    const asleep = driver.query(sql`SELECT pg_sleep(20), set_config('zincir.written', '1', false)`);
    const broken = expect(asleep).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await (await shutOut(database.url))();
    await broken;
    expect(await driver.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    await driver.close();
  });

  test('what only reads is asked once more where its connection breaks', async () => {
    const [driver, other] = [openPostgres(database.url), openPostgres(database.url)];
    await other.query(sql`CREATE TABLE asleep ()`);
    const asked = Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        driver.query(sql`
          SELECT ${i}::int AS answer, pg_sleep(CASE WHEN to_regclass('asleep') IS NULL THEN 0 ELSE 60 END) IS NULL AS "how long"`),
      ),
    );
    const cutOff = async () => {
      const asking = sql`datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%how long%'`;
      const count = () => other.query(sql`SELECT pid FROM pg_stat_activity WHERE ${asking} AND state = 'active'`);
      await expect.poll(count, { timeout: 10_000 }).toHaveLength(5);
      await other.query(sql`DROP TABLE asleep`);
      await other.query(sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${asking}`);
    };
    const [answers] = await Promise.all([asked, cutOff()]);
    expect(answers).toMatchObject(Array.from({ length: 5 }, (_, i) => [{ answer: i }]));
    await Promise.all([driver.close(), other.close()]);
  });

  test.each([
    ['SELECT 1', true],
    ['\n  WITH a AS (SELECT 1 AS updated_at) SELECT * FROM a', true],
    ['WITH gone AS (DELETE FROM outbox RETURNING id) SELECT id FROM gone', false],
    ['SELECT id FROM outbox FOR UPDATE SKIP LOCKED', false],
    ['SELECT id FROM dataset FOR KEY SHARE', false],
    ["SELECT set_config('synchronous_commit', 'off', true)", false],
    ["SELECT pg_notify('zincir_workflow', '1')", false],
    ['SELECT pg_advisory_xact_lock(1)', false],
    ['insert into outbox default values', false],
    ['VACUUM outbox', false],
  ])('of %j it is known whether it only reads', (text, reads) => {
    expect(onlyReads(text)).toBe(reads);
  });

  test('a search uses the index that finds parts of words, where the server has one', async () => {
    const driver = openPostgres(database.url);
    const [has] = await driver.query(sql`SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'`);
    expect(await indexForSearch(driver)).toBe(has !== undefined);
    const [index] = await driver.query(sql`SELECT 1 FROM pg_indexes WHERE indexname = 'workflow_search'`);
    expect(index !== undefined).toBe(has !== undefined);
    await driver.close();
  });

  test('a thousand callers share ten connections', async () => {
    const driver = openPostgres(database.url);
    const counts = await Promise.all(
      Array.from({ length: 1_000 }, () =>
        driver.query<{ n: number }>(sql`
          SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'zincir' AND query LIKE '%current_database%'`),
      ),
    );
    expect(Math.max(...counts.map(([row]) => row?.n ?? 0))).toBeLessThanOrEqual(10);
    await driver.close();
  });

  test('rights that are missing are named, before the tables are made and after', async () => {
    const stranger = await strangerTo(database.url);
    const owner = openPostgres(database.url);
    const denied = openPostgres(stranger.url);
    const { detail } = await denied.describe();
    expect(detail).toContain('; GRANT CREATE ON SCHEMA public');
    expect(detail).toContain('; GRANT DELETE, INSERT, SELECT, UPDATE ON workflow_step');
    await denied.close();
    await expect(openDatabase(stranger.url)).rejects.toMatchObject({ code: 'DATABASE_FORBIDDEN' });
    await owner.query(sql.raw(`GRANT ALL ON SCHEMA public TO ${stranger.name}`));
    await owner.query(sql.raw(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${stranger.name}`));
    const allowed = await openDatabase(stranger.url);
    expect(await allowed.check()).toMatchObject({ ok: true, detail: expect.stringMatching(/^PostgreSQL \d+/) });
    await allowed.close();
    await owner.query(sql.raw(`DROP OWNED BY ${stranger.name}`));
    await owner.close();
    await stranger.drop();
  });

  test('a claim that the server forgot in a crash is fenced off by the name of its worker', async () => {
    const { store, url } = database;
    const id = await createChain(store);
    const forgotten = await claimNext(store, id, start, 'worker-1');
    const driver = openPostgres(url);
    await driver.query(sql`
      UPDATE workflow_step SET status = 'QUEUED', attempt = attempt - 1, worker = NULL
      WHERE id = ${forgotten.input.stepId}::int`);
    await driver.close();
    const again = await claimNext(store, id, at(1_000), 'worker-2');
    expect(fenceOf(again)).toEqual(fenceOf(forgotten));
    const old = { ...fenceOf(forgotten), worker: 'worker-1' };
    expect(await store.renewLease(old, 1_000, null, at(1_000))).toBe('lost');
    expect(await store.completeStep(old, outputOf(forgotten), at(1_000))).toBe(false);
    expect(await store.completeStep({ ...fenceOf(again), worker: 'worker-2' }, outputOf(again), at(1_000))).toBe(true);
  });
});
