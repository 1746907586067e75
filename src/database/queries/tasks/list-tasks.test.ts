/** Lists of more tasks than are looked at for one page, against a search through all of them. */
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
} from '../../../../test/support/database.js';
import type { TaskCriteria } from '../../../engine/operations/task-ports.js';
import type { Driver } from '../../driver.js';
import { openPglite } from '../../pglite.js';
import { openPostgres } from '../../postgres.js';
import { listTasks, matchTasks } from './list-tasks.js';
import { taskErrors } from './task-errors.js';

interface Row {
  id: string;
  status: string;
  worker: string;
  name: string;
  code: string | null;
  text: string;
}

const count = 26_000;
const codes = ['CSV_RAGGED', 'DIVERGED'] as const;
const hex = (n: number) => n.toString(16).padStart(8, '0');

/** The newest first, as the tables hold them; of every five, three fail, one is revoked and one succeeds. */
const rows = Array.from({ length: count }, (_, i): Row => {
  const n = count - i;
  const status = n % 5 < 3 ? 'FAILURE' : n % 5 === 3 ? 'REVOKED' : 'SUCCESS';
  return {
    id: `${hex((n * 2_654_435_761) % 2 ** 32)}-0000-4000-8000-${n.toString().padStart(12, '0')}`,
    status,
    worker: n % 1_000 === 0 ? 'rare' : 'usual',
    name: n % 2 === 0 ? 'zincir.train' : 'zincir.upload',
    code: status === 'FAILURE' ? (codes[n % 3 === 0 ? 1 : 0] ?? null) : null,
    text: status === 'FAILURE' && n % 500 === 0 ? 'Error: a Needle\n' : 'Error: hay\n',
  };
});

async function fill(driver: Driver): Promise<void> {
  await driver.query(sql`
    INSERT INTO dataset (name, file_name, file, sha256, size_bytes, created_at, dialect, profile, search_text)
    VALUES ('d', 'd.csv', 'd', 'd', 1, now(), '{}', '{}', 'd')`);
  await driver.query(sql`
    INSERT INTO workflow (name, status, dataset_id, model, config, ignored, created_at, epoch, name_key, search_text)
    VALUES ('w', 'FAILED', 1, 'LR', '{}', '[]', now(), 0, 'w', 'w')`);
  await driver.query(sql`
    INSERT INTO workflow_step (workflow_id, name, position, status, params) VALUES (1, 'upload', 0, 'FAILED', '{}')`);
  await driver.query(sql`
    INSERT INTO task_result (task_id, workflow_id, step_id, name, status, worker, args, kwargs, result, traceback,
                             created_at, started_at, completed_at)
    SELECT r.id, 1, 1, r.name, r.status, r.worker, '[1]', '{}', jsonb_build_object('code', r.code, 'params', '{}'::jsonb),
           r.text, at, at, at
    FROM jsonb_to_recordset(${JSON.stringify(rows.map((row, i) => ({ ...row, age: i })))}::jsonb)
           AS r(id text, status text, worker text, name text, code text, text text, age int),
         LATERAL (SELECT '2026-01-01T00:00:00Z'::timestamptz - r.age * interval '1 second' AS at) AS times`);
  await driver.query(sql`ANALYZE task_result`);
}

const any: TaskCriteria = { states: [], words: [] };
const word = (text: string) => ({ text, codes: [] });
const idsOf = (matches: (row: Row) => boolean) => rows.filter(matches).map(({ id }) => id);

/** Every page, and what the first one counted. */
async function readAll(driver: Driver, criteria: TaskCriteria, limit: number) {
  const first = await listTasks(driver, criteria, limit, undefined);
  const ids = first.items.map(({ taskId }) => taskId);
  for (let cursor = first.nextCursor; cursor !== null; ) {
    const page = await listTasks(driver, criteria, limit, cursor);
    ids.push(...page.items.map(({ taskId }) => taskId));
    expect(page.total).toBeGreaterThanOrEqual(Math.min(ids.length, 10_000));
    cursor = page.nextCursor;
  }
  return { ids, total: first.total, atLeast: first.totalAtLeast };
}

const here = await findPostgres();
const worlds = [
  {
    name: 'PGlite',
    skip: false,
    async open() {
      const directory = await mkdtemp(join(tmpdir(), 'zincir-tasks-'));
      const driver = await openPglite(join(directory, 'db'), await sharedTemplate());
      return { driver, drop: () => rm(directory, { recursive: true, force: true }) };
    },
  },
  {
    name: here ? 'PostgreSQL' : `PostgreSQL (${postgresMissing})`,
    skip: !here,
    async open() {
      const database = await createPostgresDatabase();
      return { driver: openPostgres(database.url), drop: () => database.drop() };
    },
  },
];

for (const { name, skip, open } of worlds) {
  describe.skipIf(skip)(`${count} tasks in ${name}`, () => {
    let driver: Driver;
    let drop: () => Promise<void>;
    beforeAll(async () => {
      ({ driver, drop } = await open());
      await fill(driver);
    });
    afterAll(async () => {
      await driver?.close();
      await drop?.();
    });

    test('pages of a filter that only rows can tell follow each other through all stretches', async () => {
      const rare = await readAll(driver, { ...any, worker: 'rare' }, 3);
      expect(rare.ids).toEqual(idsOf(({ worker }) => worker === 'rare'));
      expect([rare.total, rare.atLeast]).toEqual([10, true]);
      const nobody = await readAll(driver, { ...any, worker: 'nobody' }, 50);
      expect(nobody).toEqual({ ids: [], total: 0, atLeast: true });
    });

    test('failed tasks are told from revoked ones, by one filter and by several', async () => {
      const failed = await readAll(driver, { ...any, states: ['FAILURE'] }, 200);
      expect(failed.ids).toEqual(idsOf(({ status }) => status === 'FAILURE'));
      expect(failed.atLeast).toBe(true);
      const revoked = await readAll(driver, { ...any, states: ['REVOKED'] }, 200);
      expect(revoked).toEqual({ ids: idsOf(({ status }) => status === 'REVOKED'), total: 5_200, atLeast: false });
      const both = await readAll(driver, { ...any, states: ['REVOKED', 'FAILURE'], worker: 'rare' }, 200);
      expect(both.ids).toEqual(idsOf(({ status, worker }) => status !== 'SUCCESS' && worker === 'rare'));
      const all = await listTasks(driver, any, 10, undefined);
      expect([all.total, all.totalAtLeast]).toEqual([10_000, true]);
    });

    test('a text is found however far down it stands, and its count says that there may be more', async () => {
      const found = await readAll(driver, { ...any, words: [word('needle')] }, 50);
      expect(found.ids).toEqual(idsOf(({ text, code }) => code !== null && text.includes('Needle')));
      expect(found.atLeast).toBe(true);
      expect(await matchTasks(driver, { ...any, words: [word('needle')] }, 1_000)).toEqual(found.ids);
    });

    test('eight letters that begin an id give the tasks of that id alone, and fewer also search the texts', async () => {
      const id = rows[25_000]?.id ?? '';
      for (const length of [8, 13, 36]) {
        const idPrefix = id.slice(0, length);
        const criteria = { ...any, words: [word(idPrefix)], idPrefix };
        expect(await readAll(driver, criteria, 50)).toEqual({ ids: [id], total: 1, atLeast: false });
        expect(await matchTasks(driver, criteria, 10)).toEqual([id]);
      }
      const other = { ...any, words: [word(id.slice(0, 8))], idPrefix: id.slice(0, 8), worker: 'nobody' };
      expect((await readAll(driver, other, 50)).ids).toEqual([]);
      const short = id.slice(0, 4);
      const some = await readAll(driver, { ...any, words: [word(short)], idPrefix: short }, 50);
      expect(some.ids).toEqual(idsOf((row) => row.id.startsWith(short)));
    });

    test('failures are grouped by code, and a count that is bounded says so', async () => {
      const of = (code: string) => rows.filter((row) => row.code === code);
      const groups = await taskErrors(driver, any);
      expect(groups).toMatchObject([
        { error: { code: 'CSV_RAGGED' }, count: 10_000, countAtLeast: true, lastTaskId: of('CSV_RAGGED')[0]?.id },
        {
          error: { code: 'DIVERGED' },
          count: of('DIVERGED').length,
          countAtLeast: false,
          lastTaskId: of('DIVERGED')[0]?.id,
        },
      ]);
      const oldest = rows.findLastIndex(({ code }) => code === 'DIVERGED');
      expect(groups[1]?.firstAt.getTime()).toBe(Date.parse('2026-01-01T00:00:00Z') - oldest * 1_000);
      const ofOne = await taskErrors(driver, { ...any, error: 'DIVERGED', since: new Date('2025-12-31T23:00:00Z') });
      const within = rows.slice(0, 3_601).filter(({ code }) => code === 'DIVERGED').length;
      expect(ofOne).toMatchObject([{ error: { code: 'DIVERGED' }, count: within, countAtLeast: false }]);
      const ofTraining = await taskErrors(driver, { ...any, name: 'zincir.train' });
      expect(ofTraining.map(({ error, countAtLeast }) => [error.code, countAtLeast])).toEqual([
        ['CSV_RAGGED', true],
        ['DIVERGED', true],
      ]);
      const words = [word('needle')];
      expect((await taskErrors(driver, { ...any, words, workflowId: 1 })).length).toBeGreaterThan(0);
      expect(await taskErrors(driver, { ...any, worker: 'nobody' })).toEqual([]);
    });
  });
}
