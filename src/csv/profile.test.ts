import { expect, test } from 'vitest';
import type { Dialect } from '../contract/config.js';
import type { ColumnProfile } from '../contract/entities.js';
import { distinctLimit } from './column-profile.js';
import { TableProfiler } from './profile.js';
import { CsvReader } from './reader.js';
import { sniffHead } from './sniff.js';

const profileOf = async (csv: string) =>
  (await sniffHead(new TextEncoder().encode(csv), { whole: true, reading: { delimiter: ',', header: true } })).profile;

/** Profile of one column of these values, beside one that numbers the rows. */
async function columnOf(values: readonly string[]): Promise<ColumnProfile> {
  const profile = await profileOf(`n,value\n${values.map((value, i) => `${i},${value}\n`).join('')}`);
  const column = profile.columns[1];
  if (!column) throw new Error('no column');
  return column;
}

test('whole numbers, by hand', async () => {
  expect(await columnOf(['1', '3', '', '3.0', '5'])).toEqual({
    name: 'value',
    type: 'numeric',
    kind: 'integer',
    missing: 1,
    distinct: 3,
    distinctExact: true,
    min: 1,
    max: 5,
    mean: 3,
    std: Math.sqrt(2),
    top: [
      { value: '3', count: 2 },
      { value: '1', count: 1 },
      { value: '5', count: 1 },
    ],
    note: null,
  });
});

test.each<[string, string[], Partial<ColumnProfile>]>([
  ['fractions', ['1', '2.5', '-1e-3'], { kind: 'number', type: 'numeric', min: -0.001, max: 2.5 }],
  ['signs and exponents', ['+1', '-2', '1e3', '1E3'], { kind: 'integer', distinct: 3 }],
  [
    'truths in every spelling',
    ['true', 'True', 'TRUE', 'false', ''],
    {
      kind: 'boolean',
      type: 'numeric',
      distinct: 2,
      top: [
        { value: 'true', count: 3 },
        { value: 'false', count: 1 },
      ],
    },
  ],
  ['truths among numbers', ['true', '1', 'true'], { kind: 'text', type: 'categorical', distinct: 2 }],
  ['texts among numbers', ['1', '2', '-', '1'], { kind: 'text', type: 'categorical', distinct: 3, missing: 0 }],
  [
    'no values',
    ['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None'],
    { kind: 'empty', missing: 8, distinct: 0, note: 'empty', min: null },
  ],
  ['one value', ['x', 'x', ''], { note: 'constant', distinct: 1 }],
  ['one number', ['7', '7.0'], { note: 'constant', std: 0 }],
  ['names', ['x', 'y', 'z'], { note: 'identifier', kind: 'text' }],
  ['different numbers are no names', ['1', '2', '3'], { note: null }],
  ['infinite numbers', ['1', 'inf', '-Infinity'], { kind: 'number', min: 1, max: 1, mean: 1 }],
  ['near misses of missing values', ['na', 'Na', 'NAN', 'none', 'Null', '-', 'N/a'], { kind: 'text', missing: 0 }],
])('%s', async (_, values, expected) => {
  expect(await columnOf(values)).toMatchObject(expected);
});

test('infinite numbers are warned about', async () => {
  expect((await profileOf('a,b\n1,2\ninf,3\n')).warnings).toEqual([
    { code: 'notFinite', params: { column: 'a', count: 1 } },
  ]);
});

test('a text after many numbers is warned about with its line', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => `${i},${i === 250 ? 'n/a' : i / 4}\n`).join('');
  expect((await profileOf(`a,b\n${rows}`)).warnings).toEqual([
    { code: 'numbersThenText', params: { column: 'b', count: 250, value: 'n/a', line: 252 } },
  ]);
});

test('names are recognised beyond the number of values that are counted one by one', async () => {
  const names = Array.from({ length: 3 * distinctLimit }, (_, i) => `name ${i}`);
  expect(await columnOf(names)).toMatchObject({ note: 'identifier', distinct: names.length, distinctExact: true });
  expect(await columnOf([...names, 'name 29999'])).toMatchObject({
    note: null,
    distinct: distinctLimit,
    distinctExact: false,
  });
  expect(await columnOf([...names, 'name 3'])).toMatchObject({ note: null, distinctExact: false });
});

test('measurements beyond that number have no most frequent value', async () => {
  const values = Array.from({ length: 2 * distinctLimit }, (_, i) => String(i / 8));
  expect(await columnOf(values)).toMatchObject({
    distinct: distinctLimit,
    distinctExact: false,
    top: [],
    mean: (2 * distinctLimit - 1) / 16,
  });
});

test('rows with a missing value are counted once', async () => {
  expect(await profileOf('a,b\n,\n1,\n2,3\n')).toMatchObject({ rows: 3, rowsWithMissing: 2 });
});

test('both kernels make the same profile', async () => {
  const dialect: Dialect = { encoding: 'utf-8', bom: false, delimiter: ',', quote: '"', decimal: '.', header: true };
  const cells = [String(Math.PI), '1', '', 'x', 'true', '1e5', '"a ""b"""', 'NA', 'inf', ' 2 ', '0.1', '-7'];
  const rows = Array.from({ length: 4000 }, (_, i) =>
    [i / 8, cells[i % 12], cells[(i * 7) % 5], i, i < 3000 ? i : 'late', `n${i}`].join(','),
  );
  const bytes = new TextEncoder().encode(`a,b,c,d,e,f\n${rows.join('\n')}\n`);
  const profiles = await Promise.all(
    (['auto', 'plain'] as const).map((kernels) => {
      const profiler = new TableProfiler(dialect);
      const reader = new CsvReader(dialect, profiler, { kernels });
      for (let start = 0; start < bytes.length; start += 20_000) reader.push(bytes.subarray(start, start + 20_000));
      reader.finish();
      return profiler.finish(true);
    }),
  );
  const withoutSums = profiles.map((profile) => ({
    ...profile,
    columns: profile.columns.map(({ mean, std, ...column }) => ({
      ...column,
      mean: mean?.toPrecision(12),
      std: std?.toPrecision(12),
    })),
  }));
  expect(withoutSums[0]).toEqual(withoutSums[1]);
});
