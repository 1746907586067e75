/** Lists of the `Store` port: filters, orders, pages. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type WorkflowQuery, WorkflowSort } from '../../src/contract/api.js';
import { settleConfig } from '../../src/contract/config.js';
import type { ModelCode } from '../../src/contract/models.js';
import type { Store, WorkflowRecord } from '../../src/engine/ports.js';
import { summaryEntity } from '../../src/engine/render.js';
import { at, claimNext, fenceOf, newDataset, newWorkflow, outputOf, preprocessing, trainingResult } from './chain.js';

const query = (more: Partial<WorkflowQuery> = {}): WorkflowQuery => ({
  model: [],
  status: [],
  sort: '-id',
  limit: 25,
  ...more,
});

export function describeLists(name: string, open: () => Promise<{ store: Store; drop(): Promise<void> }>): void {
  describe(`lists of the store: ${name}`, () => {
    let database: Awaited<ReturnType<typeof open>>;
    let store: Store;
    const all: WorkflowRecord[] = [];

    beforeAll(async () => {
      database = await open();
      store = database.store;
      const iris = await store.insertDataset(newDataset({ name: 'İris', fileName: 'iris_2024.csv' }), at(0));
      const wine = await store.insertDataset(newDataset({ name: 'Wine 100%', fileName: 'wine.csv' }), at(1));
      const models: ModelCode[] = ['LR', 'SVM', 'MLP'];
      for (let i = 0; i < 12; i++) {
        const model = models[i % 3] ?? 'LR';
        const { config } = settleConfig({ model, target: 'species', params: {}, preprocessing });
        const dataset = i % 2 === 0 ? iris : wine;
        // Ties on purpose: names, times and accuracies repeat.
        const id = await store.createWorkflow(
          newWorkflow(dataset.record.id, { name: `run ${'BaçA'[i % 4]}`, config, start: i !== 11 }),
          at(Math.floor(i / 2) * 1000),
        );
        if (i < 7) await complete(id, i);
        else if (i === 7) await store.cancelWorkflow(id, at(60_000));
      }
      for (let id = 1; id <= 12; id++) {
        const record = await store.findWorkflow(id);
        if (record) all.push(record);
      }
    });
    afterAll(() => database?.drop());

    const complete = async (id: number, i: number) => {
      const accuracy = (i % 3) / 3;
      for (let position = 0; position < 3; position++) {
        const claimed = await claimNext(store, id, at(20_000));
        const output = outputOf(claimed);
        const result =
          position < 2 ? output.result : { ...trainingResult, trainAccuracy: accuracy, validationAccuracy: accuracy };
        await store.completeStep(fenceOf(claimed), { ...output, result }, at(30_000 + (i % 2) * 1000));
      }
    };
    const ids = async (more: Partial<WorkflowQuery>) =>
      (await store.listWorkflows(query(more))).items.map(({ id }) => id).toSorted((a, b) => a - b);

    const sortValues: Record<string, (record: WorkflowRecord) => number | string | null> = {
      id: ({ id }) => id,
      createdAt: ({ createdAt }) => createdAt.getTime(),
      trainAccuracy: ({ trainAccuracy }) => trainAccuracy,
      validationAccuracy: ({ validationAccuracy }) => validationAccuracy,
      durationMs: ({ startedAt, completedAt }) =>
        startedAt && completedAt ? completedAt.getTime() - startedAt.getTime() : null,
      name: (record) => record.name.toLowerCase().replace('ç', 'c'),
    };

    test.each(WorkflowSort.options)('sorted by %s, pages follow each other without a gap or a repeat', async (sort) => {
      const descending = sort.startsWith('-');
      const value = sortValues[sort.replace('-', '')];
      if (!value) throw new Error(sort);
      const expected = all.toSorted((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === y) return descending ? b.id - a.id : a.id - b.id;
        if (x === null) return 1;
        if (y === null) return -1;
        return x < y === descending ? 1 : -1;
      });
      for (const limit of [1, 5, 12, 50]) {
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const found = await store.listWorkflows(query({ sort, limit, cursor }));
          expect(found.total).toBe(12);
          seen.push(...found.items.map(({ id }) => id));
          cursor = found.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(expected.map(({ id }) => id));
      }
    });

    test('the list says of each workflow what a look at it says', async () => {
      const { items } = await store.listWorkflows(query({ sort: 'id' }));
      expect(items.map(summaryEntity)).toEqual(all.map(summaryEntity));
    });

    test('filters by models and statuses, and counts what matches', async () => {
      expect(await ids({ model: ['LR'] })).toEqual([1, 4, 7, 10]);
      expect(await ids({ model: ['LR', 'SVM'], status: ['COMPLETED'] })).toEqual([1, 2, 4, 5, 7]);
      expect(await ids({ status: ['PENDING', 'CANCELLED'] })).toEqual([8, 12]);
      const { total, items } = await store.listWorkflows(query({ status: ['COMPLETED'], limit: 2 }));
      expect([total, items.length]).toEqual([7, 2]);
    });

    test('searches names of workflow, dataset and file without case, accents or Turkish dots, and the number', async () => {
      expect(await ids({ search: 'IRIS' })).toEqual([1, 3, 5, 7, 9, 11]);
      expect(await ids({ search: 'ırıs' })).toEqual([1, 3, 5, 7, 9, 11]);
      expect(await ids({ search: 'wine RUN' })).toEqual([2, 4, 6, 8, 10, 12]);
      expect(await ids({ search: '0%' })).toEqual([2, 4, 6, 8, 10, 12]);
      expect(await ids({ search: 's_2024' })).toEqual([1, 3, 5, 7, 9, 11]);
      expect(await ids({ search: "'; DROP TABLE workflow; --" })).toEqual([]);
      expect(await ids({ search: '#7' })).toEqual([7]);
      expect(await ids({ search: '7' })).toEqual([7]);
      expect(await ids({ search: '  ' })).toHaveLength(12);
    });

    test('a cursor of another order, or none at all, is refused', async () => {
      const { nextCursor } = await store.listWorkflows(query({ limit: 3 }));
      await expect(store.listWorkflows(query({ sort: 'name', cursor: nextCursor ?? '' }))).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
        params: { field: 'cursor' },
      });
      await expect(store.listWorkflows(query({ cursor: 'bm9uZQ' }))).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    });

    test('a search is paged and counted like any list', async () => {
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const found = await store.listWorkflows(query({ search: 'iris', sort: '-trainAccuracy', limit: 4, cursor }));
        expect(found.total).toBe(6);
        seen.push(...found.items.map(({ id }) => id));
        cursor = found.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual([3, 5, 7, 1, 11, 9]);
      expect(await store.listWorkflows(query({ search: 'nothing' }))).toEqual({
        items: [],
        nextCursor: null,
        total: 0,
      });
    });

    test.each([
      ['-createdAt', ['-createdAt', 'soon', 5]],
      ['durationMs', ['durationMs', 'x', 5]],
      ['id', ['id', '1e99', 5]],
      ['id', ['id', '5', 1e12]],
    ] as const)('a cursor that someone made up is refused: %s %j', async (sort, made) => {
      const cursor = Buffer.from(JSON.stringify(made)).toString('base64url');
      for (const search of [undefined, 'iris']) {
        await expect(store.listWorkflows(query({ sort, cursor, search }))).rejects.toMatchObject({
          code: 'REQUEST_INVALID',
          params: { field: 'cursor' },
        });
      }
    });

    test('datasets are listed newest first, page by page, and found by name', async () => {
      const first = await store.listDatasets({ limit: 1 });
      expect(first.items.map(({ name: called, workflows }) => [called, workflows])).toEqual([['Wine 100%', 6]]);
      const second = await store.listDatasets({ limit: 1, cursor: first.nextCursor ?? '' });
      expect(second.items.map(({ name: called }) => called)).toEqual(['İris']);
      expect(second.nextCursor).toBeNull();
      expect((await store.listDatasets({ limit: 5, search: 'iris' })).items).toHaveLength(1);
    });
  });
}
