import { afterAll, describe, expect, test } from 'vitest';
import { type Chain, startChain } from '../../test/support/chain.js';
import type { WorkflowConfigInput } from '../contract/config.js';
import { AppError } from '../contract/errors.js';

const chains: Chain[] = [];
afterAll(async () => {
  await Promise.all(chains.splice(0).map((chain) => chain.remove()));
});

type Settings = Partial<WorkflowConfigInput> & { params?: Record<string, unknown> };

async function start(csv: string, settings: Settings = {}, options: Parameters<typeof startChain>[2] = {}) {
  const chain = await startChain(csv, { model: 'LR', target: 'y', ...settings } as WorkflowConfigInput, options);
  chains.push(chain);
  return chain;
}

/** The error that ends upload or preprocess; the files that the failed step left in storage. */
async function fault(...args: Parameters<typeof start>) {
  const chain = await start(...args);
  const run = async () => {
    await chain.run('upload');
    await chain.run('preprocess');
  };
  const thrown: unknown = await run().catch((error: unknown) => error);
  if (thrown === undefined) return undefined;
  for await (const { name } of chain.files.list('workflows/7/preprocess-1')) expect.fail(`${name} was left behind`);
  return thrown instanceof AppError ? { code: thrown.code, params: thrown.params } : thrown;
}

/** A table of `count` rows: `x` is a number, `y` is what `label` gives. */
const table = (
  count: number,
  label: (i: number) => string | number,
  more: (i: number) => string | number = (i) => i % 7,
) => `x,y,z\n${Array.from({ length: count }, (_, i) => `${i % 5},${label(i)},${more(i)}\n`).join('')}`;
const good = table(40, (i) => (i % 2 ? 'a' : 'b'));

describe('targets that no model can learn', () => {
  test.each<[string, string, Settings, string, object]>([
    ['a column that is not there', good, { target: 'Y' }, 'TARGET_UNKNOWN', { target: 'Y', columns: 'x, y, z' }],
    ['no values', table(10, () => ''), {}, 'TARGET_EMPTY', { target: 'y' }],
    ['one value', table(10, (i) => (i ? 'a' : '')), {}, 'TARGET_CONSTANT', { target: 'y', value: 'a' }],
    [
      'measurements',
      table(60, (i) => (i < 2 ? i : i / 4)),
      {},
      'TARGET_CONTINUOUS',
      { target: 'y', value: '0.5', line: 4 },
    ],
    [
      'whole measurements',
      table(900, (i) => (i % 300) * 1000),
      {},
      'TARGET_CONTINUOUS',
      { target: 'y', value: '0', line: 2 },
    ],
    [
      'few fractions, each once',
      table(5, (i) => i + 0.5),
      {},
      'TARGET_CONTINUOUS',
      { target: 'y', value: '0.5', line: 2 },
    ],
    ['names', table(30, (i) => `name ${i}`), {}, 'TARGET_ALL_DISTINCT', { target: 'y', rows: 30 }],
    ['numbers of the rows', table(30, (i) => i), {}, 'TARGET_ALL_DISTINCT', { target: 'y', rows: 30 }],
    [
      'too many texts',
      table(2200, (i) => `city ${i % 1100}`),
      {},
      'TARGET_TOO_MANY_CLASSES',
      { target: 'y', classes: 1100, limit: 1000 },
    ],
    [
      'too many numbers',
      table(11_000, (i) => i % 1100),
      {},
      'TARGET_TOO_MANY_CLASSES',
      { target: 'y', classes: 1100, limit: 1000 },
    ],
    [
      'more texts than are counted',
      table(30_000, (i) => `city ${i % 15_000}`),
      {},
      'TARGET_TOO_MANY_CLASSES',
      { target: 'y', classes: 10_000, limit: 1000 },
    ],
  ])('%s', async (_, csv, settings, code, params) => {
    expect(await fault(csv, settings)).toEqual({ code, params });
  });
});

describe('targets that look unusual but are classes', () => {
  test.each<[string, string, (string | number)[]]>([
    ['whole numbers written with a point', table(20, (i) => `${i % 2}.0`), [0, 1]],
    ['half steps that repeat', table(20, (i) => [9.5, 10.5, 2][i % 3] ?? 0), ['10.5', '2', '9.5']],
    ['truths', table(20, (i) => (i % 2 ? 'TRUE' : 'false')), ['False', 'True']],
    ['texts beyond the first plane', table(20, (i) => (i % 2 ? '\u{1F600}' : '\uffee')), ['\uffee', '\u{1F600}']],
    ['negative numbers', table(20, (i) => (i % 3) - 1), [-1, 0, 1]],
  ])('%s', async (_, csv, classes) => {
    const chain = await start(csv);
    await chain.run('upload');
    expect((await chain.run('preprocess')).result.classes).toEqual(classes);
  });
});

describe('rows and splits', () => {
  test('every row dropped for a missing value', async () => {
    const csv = table(
      10,
      (i) => (i < 4 ? '' : i % 2),
      () => '',
    );
    expect(await fault(csv, { preprocessing: { missing: 'drop' } })).toEqual({
      code: 'ROWS_ALL_DROPPED',
      params: { withoutTarget: 4, withMissing: 6 },
    });
  });
  test('one row left', async () => {
    const csv = table(
      10,
      (i) => i % 2,
      (i) => (i === 3 ? 1 : ''),
    );
    expect(await fault(csv, { preprocessing: { missing: 'drop' } })).toEqual({
      code: 'CSV_TOO_FEW_ROWS',
      params: { rows: 1, least: 2 },
    });
  });
  test('one class left', async () => {
    const csv = table(
      10,
      (i) => (i < 5 ? 'a' : 'b'),
      (i) => (i < 5 ? i : ''),
    );
    expect(await fault(csv, { preprocessing: { missing: 'drop' } })).toEqual({
      code: 'TARGET_CONSTANT',
      params: { target: 'y', value: 'a' },
    });
  });
  test('a split that leaves nothing to train on', async () => {
    expect(
      await fault(
        table(4, (i) => i % 2),
        { params: { test_size: 0.9 } },
      ),
    ).toEqual({
      code: 'SPLIT_TOO_SMALL',
      params: { testSize: 0.9, rows: 4, train: 0, validation: 4 },
    });
  });
  test('a stratified split with fewer validation rows than classes', async () => {
    const settings = { params: { test_size: 0.1 }, preprocessing: { stratify: true } };
    expect(
      await fault(
        table(12, (i) => i % 3),
        settings,
      ),
    ).toEqual({
      code: 'SPLIT_TOO_SMALL',
      params: { testSize: 0.1, rows: 12, train: 10, validation: 2 },
    });
  });
  test('one class among the training rows', async () => {
    expect(
      await fault(
        table(20, (i) => (i === 0 ? 'b' : 'a')),
        { params: { random_state: 42 } },
      ),
    ).toEqual({
      code: 'TRAIN_ONE_CLASS',
      params: { rows: 16, label: 'a' },
    });
  });
  test('a class of one row, stratified', async () => {
    const csv = table(20, (i) => (i === 7 ? 'rare' : i % 2));
    expect(await fault(csv, { preprocessing: { stratify: true } })).toEqual({
      code: 'CLASS_TOO_SMALL',
      params: { label: 'rare', count: 1 },
    });
  });
  test('a class of one row is a warning otherwise', async () => {
    const chain = await start(table(20, (i) => (i === 7 ? 'rare' : i % 2)));
    await chain.run('upload');
    await chain.run('preprocess');
    expect(chain.said.logs).toContainEqual({
      level: 'warning',
      code: 'rareClass',
      params: { label: 'rare', count: 1 },
    });
  });
  test('many classes of one row are one warning, which names the first ten', async () => {
    const chain = await start(table(40, (i) => (i < 12 ? `rare ${String.fromCharCode(97 + i)}` : i % 2)));
    await chain.run('upload');
    await chain.run('preprocess');
    const labels = [...'abcdefghij'].map((letter) => `rare ${letter}`).join(', ');
    expect(chain.said.logs.filter(({ code }) => code.startsWith('rareClass'))).toEqual([
      { level: 'warning', code: 'rareClasses', params: { count: 12, labels: `${labels}, …` } },
    ]);
  });
});

describe('columns', () => {
  test('none to learn from', async () => {
    const csv = `id,y,one\n${Array.from({ length: 20 }, (_, i) => `n${i},${i % 2},1\n`).join('')}`;
    expect(await fault(csv)).toEqual({ code: 'FEATURES_NONE', params: {} });
  });
  test('an option for a column that is not there', async () => {
    expect(await fault(good, { preprocessing: { columns: { q: { use: false } } } })).toEqual({
      code: 'COLUMN_UNKNOWN',
      params: { column: 'q', columns: 'x, y, z' },
    });
  });
  test('a median of texts', async () => {
    const settings: Settings = { preprocessing: { columns: { x: { type: 'categorical', impute: 'median' } } } };
    expect(await fault(good, settings)).toEqual({
      code: 'PARAM_INVALID',
      params: { name: 'preprocessing.columns.x.impute', value: 'median', rule: 'most_frequent' },
    });
  });
  test('a text in a column that is to be numeric', async () => {
    const csv = table(
      20,
      (i) => i % 2,
      (i) => (i === 12 ? 'n/a' : i),
    );
    expect(await fault(csv, { preprocessing: { columns: { z: { type: 'numeric' } } } })).toEqual({
      code: 'CSV_VALUE_NOT_NUMERIC',
      params: { line: 14, column: 'z', value: 'n/a' },
    });
  });
  test.each(['inf', '-Infinity', '1e999'])('an infinite number (%s), unless the column is left out', async (value) => {
    const csv = table(
      20,
      (i) => i % 2,
      (i) => (i === 12 ? value : i),
    );
    expect(await fault(csv)).toEqual({ code: 'CSV_NOT_FINITE', params: { line: 14, column: 'z', value } });
    expect(await fault(csv, { preprocessing: { columns: { z: { use: false } } } })).toBeUndefined();
  });
  test('more categories than a model can hold', async () => {
    const csv = table(
      24_000,
      (i) => i % 2,
      (i) => `t${i % 12_000}`,
    );
    expect(await fault(csv, { params: { test_size: 0.01 } })).toEqual({
      code: 'FEATURES_TOO_MANY',
      params: { column: 'z', categories: 11_997, features: 11_997, limit: 10_000 },
    });
  });
  test('a class weight for a label that is no class', async () => {
    expect(await fault(good, { params: { class_weight: { a: 2, c: 1 } } })).toEqual({
      code: 'CLASS_WEIGHT_UNKNOWN',
      params: { label: 'c', classes: 'a, b' },
    });
  });
});

describe('the stored file', () => {
  test('of other bytes than were uploaded', async () => {
    const sha256 = 'ab'.repeat(32);
    expect(await fault(good, {}, { sha256 })).toEqual({ code: 'FILE_CORRUPT', params: { file: 'table.csv' } });
  });
  test('of another length', async () => {
    expect(await fault(good, {}, { sizeBytes: 5 })).toEqual({ code: 'FILE_CORRUPT', params: { file: 'table.csv' } });
  });
  test('is complained about before what its damage looks like', async () => {
    const chain = await start(good);
    const { file } = chain.input('upload').dataset;
    const damaged = new TextEncoder().encode(good);
    damaged[12] = 0x22;
    await chain.files.write(
      file,
      (async function* () {
        yield damaged;
      })(),
    );
    await expect(chain.run('upload')).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
  });
});

describe('hyperparameters', () => {
  test.each([
    ['test_size', 0],
    ['test_size', 1],
    ['test_size', 1.5],
    ['epochs', 0],
    ['epochs', -1],
    ['epochs', 1e9],
    ['learning_rate', Number.NaN],
    ['learning_rate', Number.POSITIVE_INFINITY],
    ['learning_rate', 0],
  ])('%s %d', async (name, value) => {
    await expect(start(good, { params: { [name]: value } })).rejects.toMatchObject({
      code: 'PARAM_INVALID',
      params: { name },
    });
  });
});
