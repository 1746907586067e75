/** Searches that find more workflows than are kept for one page, and just as many. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createPostgresDatabase,
  findPostgres,
  postgresMissing,
  sharedTemplate,
} from '../../../test/support/database.js';
import { WorkflowQuery } from '../../contract/api.js';
import { createWorkflowCounts } from '../counts.js';
import type { Driver } from '../driver.js';
import { openPglite } from '../pglite.js';
import { openPostgres } from '../postgres.js';
import { listWorkflows } from './list-workflows.js';

/** Numbers of workflows by the word in their names: "even" in just as many as are kept, "odd" in one more. */
const odd = 2_001;
const even = 2_000;

async function fill(driver: Driver): Promise<void> {
  await driver.query(sql`
    INSERT INTO dataset (name, file_name, file, sha256, size_bytes, created_at, dialect, profile, search_text)
    VALUES ('d', 'd.csv', 'd', 'd', 1, now(), '{}', '{}', 'd')`);
  await driver.query(sql`
    INSERT INTO workflow (name, status, dataset_id, model, config, ignored, created_at, epoch, name_key, search_text,
                          validation_accuracy)
    SELECT name, CASE WHEN n % 3 = 0 THEN 'FAILED' ELSE 'COMPLETED' END, 1, 'LR', '{"model":"LR","params":{"epochs":3}}',
           '[]', now(), 0, name, name, CASE WHEN n % 3 <> 0 THEN n * 7919 % 1009 END
    FROM generate_series(1, ${odd + even}::int) AS n
    CROSS JOIN LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 'even ' ELSE 'odd ' END || n AS name) AS names`);
}

/** All pages of a search, and the totals that they name. */
async function read(driver: Driver, search: string, more: Partial<Record<string, unknown>> = {}) {
  const seen: number[] = [];
  const totals = new Set<number>();
  for (let cursor: string | undefined, pages = 0; ; pages++) {
    const query = WorkflowQuery.parse({ search, limit: 200, ...more, cursor });
    const { items, nextCursor, total } = await listWorkflows(driver, createWorkflowCounts(driver), query);
    seen.push(...items.map(({ id }) => id));
    totals.add(total);
    if (nextCursor === null || pages > 50) return { seen, totals: [...totals] };
    cursor = nextCursor;
  }
}

const numbers = (wanted: (n: number) => boolean) =>
  Array.from({ length: odd + even }, (_, i) => i + 1).filter((n) => wanted(n));
const isOdd = (n: number) => n % 2 === 1;
const accuracy = (n: number) => (n % 3 === 0 ? -Infinity : (n * 7919) % 1009);

function suite(open: () => Promise<{ driver: Driver; drop: () => Promise<void> }>): void {
  let driver: Driver;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    ({ driver, drop } = await open());
    await fill(driver);
  });
  afterAll(() => drop());

  test('pages of a search that finds many follow each other without a gap or a repeat', async () => {
    const { seen, totals } = await read(driver, 'odd');
    expect(seen).toEqual(numbers(isOdd).reverse());
    expect(totals).toEqual([odd]);
  });

  test('a search that finds as many as are kept tells of all of them', async () => {
    const { seen, totals } = await read(driver, 'even', { sort: 'id' });
    expect(seen).toEqual(numbers((n) => !isOdd(n)));
    expect(totals).toEqual([even]);
  });

  test('many that match are sorted by what was asked for, those without it last', async () => {
    const { seen } = await read(driver, 'd', { sort: '-validationAccuracy' });
    const sorted = numbers(isOdd).sort((a, b) => accuracy(b) - accuracy(a) || b - a);
    expect(seen).toEqual(sorted);
  });

  test('filters count beside the search', async () => {
    const { seen, totals } = await read(driver, 'o', { status: 'FAILED', sort: 'id' });
    expect(seen).toEqual(numbers((n) => isOdd(n) && n % 3 === 0));
    expect(totals).toEqual([seen.length]);
  });
}

describe('PGlite', () =>
  suite(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'zincir-database-'));
    const driver = await openPglite(join(directory, 'db'), await sharedTemplate());
    const drop = async () => {
      await driver.close();
      await rm(directory, { recursive: true, force: true });
    };
    return { driver, drop };
  }));

const hasPostgres = await findPostgres();
describe.skipIf(!hasPostgres)(`PostgreSQL${hasPostgres ? '' : `: ${postgresMissing}`}`, () =>
  suite(async () => {
    const database = await createPostgresDatabase();
    const driver = openPostgres(database.url);
    const drop = async () => {
      await driver.close();
      await database.drop();
    };
    return { driver, drop };
  }),
);
