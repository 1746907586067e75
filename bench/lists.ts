/** Every list of the API at 100,000 workflows: what the engine takes for a page, on both databases. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { DatasetQuery, WorkflowQuery } from '../src/contract/api.js';
import type { Driver } from '../src/database/driver.js';
import { openPglite } from '../src/database/pglite.js';
import { openPostgres } from '../src/database/postgres.js';
import { createStore } from '../src/database/store.js';
import type { Store } from '../src/engine/ports.js';
import { newDataset, newWorkflow } from '../test/conformance/chain.js';
import { createPostgresDatabase, findPostgres, sharedTemplate } from '../test/support/database.js';
import { median, percentile, report, rounded } from './support.js';

const workflows = Number(process.env.BENCH_WORKFLOWS ?? 100_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 100);
const datasets = 60;

const workflowQueries = {
  newest: {},
  'newest, second page': { page: 2 },
  'sort=-validationAccuracy': { sort: '-validationAccuracy' },
  'sort=name': { sort: 'name' },
  'status=FAILED': { status: 'FAILED' },
  'status=FAILED, sort=-validationAccuracy': { status: 'FAILED', sort: '-validationAccuracy' },
  'status=COMPLETED, sort=-validationAccuracy': { status: 'COMPLETED', sort: '-validationAccuracy' },
  'model=LR,MLP, sort=durationMs': { model: 'LR,MLP', sort: 'durationMs' },
  'search=penguin (a third)': { search: 'penguin' },
  'search=77777 (few)': { search: 'number 77777' },
  'search=penguin, status=FAILED, sort=name': { search: 'penguin', status: 'FAILED', sort: 'name' },
} as const;

const rows = await onPglite();
if (await findPostgres()) rows.push(...(await onPostgres()));
report('lists', `Lists with ${workflows} workflows on ${datasets} datasets, ${rounds} readings each`, rows);

async function onPglite() {
  const directory = await mkdtemp(path.join(tmpdir(), 'zincir-bench-'));
  const driver = await openPglite(path.join(directory, 'db'), await sharedTemplate());
  try {
    return await measure('PGlite', driver, createStore(driver));
  } finally {
    await driver.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function onPostgres() {
  const database = await createPostgresDatabase();
  const driver = openPostgres(database.url);
  try {
    return await measure('PostgreSQL', driver, database.store);
  } finally {
    await driver.close();
    await database.drop();
  }
}

async function measure(name: string, driver: Driver, store: Store) {
  await fill(driver, store);
  const measured: Record<string, string | number>[] = [];
  const add = async (list: string, read: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let round = 0; round < rounds + 5; round++) {
      const began = performance.now();
      await read();
      if (round >= 5) times.push(performance.now() - began);
    }
    const row = {
      database: name,
      list,
      'p50 (ms)': rounded(median(times)),
      'p99 (ms)': rounded(percentile(times, 0.99)),
    };
    measured.push(row);
  };
  for (const [list, { page, ...query }] of Object.entries<Record<string, unknown>>(workflowQueries)) {
    const first = WorkflowQuery.parse(query);
    const cursor = page === 2 ? (await store.listWorkflows(first)).nextCursor : null;
    await add(`workflows, ${list}`, () => store.listWorkflows({ ...first, cursor: cursor ?? undefined }));
  }
  await add('datasets', () => store.listDatasets(DatasetQuery.parse({})));
  await add('datasets, search=penguin', () => store.listDatasets(DatasetQuery.parse({ search: 'penguin' })));
  await add('one workflow', () => store.findWorkflow(Math.ceil(workflows / 2)));
  return measured;
}

/** One workflow as the engine makes it, then as many more in SQL, with figures of their own. */
async function fill(driver: Driver, store: Store): Promise<void> {
  const now = new Date();
  const statement = (text: string) => driver.query(sql.raw(text));
  for (let i = 0; i < datasets; i++) {
    const kind = ['iris', 'penguin', 'wine'][i % 3];
    await store.insertDataset(newDataset({ name: `${kind} ${i}`, fileName: `${kind}-${i}.csv` }), now);
  }
  await store.createWorkflow(newWorkflow(1, { start: false }), now);
  await statement(`
    INSERT INTO workflow (name, status, dataset_id, model, config, ignored, created_at, started_at, completed_at,
                          duration_ms, train_accuracy, validation_accuracy, epoch, error, version, name_key, search_text)
    SELECT 'number ' || n, s.status, d.id, (ARRAY['LR', 'SVM', 'MLP', 'PER', 'PA'])[1 + (n / 3) % 5], p.config, p.ignored,
           now() - make_interval(secs => (${workflows} - n) * 60), now(), now(),
           CASE WHEN s.status = 'COMPLETED' THEN n::bigint * 7919 % 60000 END,
           CASE WHEN s.status = 'COMPLETED' THEN (n::bigint * 7919 % 10007) / 10007.0 END,
           CASE WHEN s.status = 'COMPLETED' THEN (n::bigint * 104729 % 10007) / 10007.0 END,
           10, NULL, 9, 'number ' || n, 'number ' || n || ' ' || d.search_text
    FROM generate_series(2, ${workflows}) AS n
    CROSS JOIN LATERAL (SELECT CASE WHEN n % 50 = 0 THEN 'CANCELLED' WHEN n % 10 = 3 THEN 'FAILED' WHEN n % 1000 = 1
                               THEN 'RUNNING' ELSE 'COMPLETED' END AS status) AS s
    JOIN dataset d ON d.id = 1 + n % ${datasets}
    JOIN workflow p ON p.id = 1`);
  await statement(`
    INSERT INTO workflow_step (workflow_id, name, position, status, task_id, attempt, params, result)
    SELECT w.id, p.name, p.position, CASE WHEN w.status IN ('COMPLETED') THEN w.status ELSE 'CANCELLED' END,
           gen_random_uuid()::text, 1, p.params, p.result
    FROM workflow w JOIN workflow_step p ON p.workflow_id = 1 WHERE w.id > 1`);
  // As the server's own housekeeping does after a while.
  await statement('VACUUM ANALYZE');
}
