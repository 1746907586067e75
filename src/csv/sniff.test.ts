import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { previewHead, sniffHead } from './sniff.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin5 = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => {
    const place = 'ĞğİıŞş'.indexOf(letter);
    return [0xd0, 0xf0, 0xdd, 0xfd, 0xde, 0xfe][place] ?? letter.charCodeAt(0);
  });
const utf16 = (text: string, bigEndian: boolean, mark: boolean): Uint8Array => {
  const units = [...(mark ? [0xfeff] : []), ...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))];
  return Uint8Array.from(units.flatMap((unit) => (bigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])));
};

const sniff = (csv: string | Uint8Array, reading: Partial<Dialect> = {}, whole = true) =>
  sniffHead(typeof csv === 'string' ? bytesOf(csv) : csv, { whole, reading });

async function fault(csv: string | Uint8Array, reading: Partial<Dialect> = {}, whole = true) {
  const thrown: unknown = await sniff(csv, reading, whole).catch((error: unknown) => error);
  return thrown instanceof AppError ? { code: thrown.code, params: thrown.params } : thrown;
}

const table = 'name,city,age\nAyşe,Iğdır,31\nOğuz,Muş,27\nAyşe,Çorum,45\n';
const rows = [
  ['Ayşe', 'Iğdır', '31'],
  ['Oğuz', 'Muş', '27'],
  ['Ayşe', 'Çorum', '45'],
];

describe('encodings', () => {
  test.each<[string, Uint8Array, Partial<Dialect>]>([
    ['UTF-8', bytesOf(table), { encoding: 'utf-8', bom: false }],
    ['UTF-8 with a byte order mark', bytesOf(`\ufeff${table}`), { encoding: 'utf-8', bom: true }],
    ['UTF-16 LE with a mark', utf16(table, false, true), { encoding: 'utf-16le', bom: true }],
    ['UTF-16 BE with a mark', utf16(table, true, true), { encoding: 'utf-16be', bom: true }],
    ['UTF-16 LE without a mark', utf16(table, false, false), { encoding: 'utf-16le', bom: false }],
    ['UTF-16 BE without a mark', utf16(table, true, false), { encoding: 'utf-16be', bom: false }],
    ['Latin-5', latin5(table), { encoding: 'windows-1254', bom: false }],
  ])('%s is recognised and read', async (_, bytes, expected) => {
    const { dialect, profile } = await sniff(bytes);
    expect(dialect).toMatchObject(expected);
    expect(previewHead(bytes, dialect, 10)).toEqual({ columns: ['name', 'city', 'age'], rows });
    expect(profile).toMatchObject({ complete: true, rows: 3, rowsWithMissing: 0 });
  });
  test('an encoding that is asked for is taken', async () => {
    const bytes = latin5(table);
    expect((await sniff(bytes, { encoding: 'windows-1252' })).dialect.encoding).toBe('windows-1252');
    expect(await fault(bytes, { encoding: 'utf-8' })).toEqual({
      code: 'CSV_ENCODING',
      params: { encoding: 'utf-8', offset: 16 },
    });
  });
  test('a character that the end of the head cuts in two is no fault', async () => {
    const bytes = bytesOf(table);
    const cut = bytes.subarray(0, bytes.indexOf(0xc5) + 1);
    expect((await sniff(cut, {}, false)).dialect.encoding).toBe('utf-8');
  });
  test('broken UTF-16 names the byte', async () => {
    const bytes = utf16(table, false, true);
    bytes.set([0x00, 0xdc], 20);
    expect(await fault(bytes)).toEqual({ code: 'CSV_ENCODING', params: { encoding: 'utf-16le', offset: 20 } });
  });
});

describe('what no table is', () => {
  test.each<[string, string | Uint8Array, string, object]>([
    ['an empty file', '', 'CSV_EMPTY', {}],
    ['blank lines only', '\n\r\n  \n', 'CSV_EMPTY', {}],
    ['a header only', 'a,b,c\n', 'CSV_HEADER_ONLY', {}],
    ['a header only, without a line end', 'a,b,c', 'CSV_HEADER_ONLY', {}],
    ['one column', 'a\n1\n2\n', 'CSV_ONE_COLUMN', { column: 'a' }],
    ['one row', 'a,b\n1,2\n', 'CSV_TOO_FEW_ROWS', { rows: 1, least: 2 }],
    ['a row too short', 'a,b,c\n1,2,3\n\n4,5\n', 'CSV_RAGGED', { line: 4, found: 2, expected: 3 }],
    ['a row too long', 'a,b\n1,2\n3,4,5\n6,7\n', 'CSV_RAGGED', { line: 3, found: 3, expected: 2 }],
    ['a title above the header', 'Report\na,b,c\n1,2,3\n', 'CSV_RAGGED', { line: 2, found: 3, expected: 1 }],
    ['an open quote', 'a,b\n1,"x\n2,y\n3,z\n', 'CSV_QUOTE_UNTERMINATED', { line: 2 }],
    ['an open quote after a record of two lines', 'a,b\n"1\n1",x\n2,"y\n', 'CSV_QUOTE_UNTERMINATED', { line: 4 }],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13), 'CSV_BINARY', { offset: 6 }],
    ['a ZIP (xlsx)', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 6, 0), 'CSV_BINARY', { offset: 2 }],
    ['a zero byte in the text', 'a,b\n1,x\0y\n2,z\n', 'CSV_BINARY', { offset: 7 }],
  ])('%s is refused with its place', async (_, csv, code, params) => {
    expect(await fault(csv)).toEqual({ code, params });
  });
  test('random bytes are refused as binary', async () => {
    let state = 1;
    const bytes = Uint8Array.from({ length: 4096 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    expect(await fault(bytes)).toMatchObject({ code: 'CSV_BINARY' });
  });
  test('a head that ends before its header does names the limit', async () => {
    expect(await fault('a,b,c', {}, false)).toEqual({
      code: 'CSV_RECORD_TOO_LONG',
      params: { line: 1, limitBytes: 5 },
    });
  });
});

describe('dialects', () => {
  const found = async (csv: string, reading: Partial<Dialect> = {}) => (await sniff(csv, reading)).dialect;
  test.each([',', ';', '\t', '|'])('fields separated by %j', async (delimiter) => {
    const csv = 'a,b,c\n1,x,2\n3,y,4\n'.replaceAll(',', delimiter);
    expect(await found(csv)).toMatchObject({ delimiter, header: true, decimal: '.', quote: '"' });
  });
  test('semicolons with decimal commas', async () => {
    const { dialect, profile } = await sniff('boy;kilo\n1,5;2,25\n-0,5;1e3\n');
    expect(dialect).toMatchObject({ delimiter: ';', decimal: ',', header: true });
    expect(profile.columns.map(({ mean }) => mean)).toEqual([0.5, 501.125]);
    expect(profile.warnings).toEqual([{ code: 'decimalComma', params: {} }]);
  });
  test('semicolons and decimal commas in a file without a header', async () => {
    expect(await found('1,5;2,5\n3,5;4,5\n2,5;1,5\n')).toMatchObject({ delimiter: ';', decimal: ',', header: false });
  });
  test('commas inside quoted texts are no delimiters', async () => {
    expect(await found('a;b\n"x, y, z";1\n"u, v, w";2\n')).toMatchObject({ delimiter: ';' });
  });
  test('single quotes around texts', async () => {
    expect(await found("a,b\n'x, y',1\n'u, v',2\n")).toMatchObject({ delimiter: ',', quote: "'" });
    expect(await found("a,b\nit's,1\nhe's,2\n")).toMatchObject({ quote: '"' });
  });
  test('a first row like all others is data, and the columns get numbers', async () => {
    const { dialect, profile } = await sniff('5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n');
    expect(dialect.header).toBe(false);
    expect(profile).toMatchObject({ rows: 3, warnings: [{ code: 'headerMissing', params: {} }] });
    expect(profile.columns.map(({ name }) => name)).toEqual(['column_1', 'column_2', 'column_3']);
  });
  test.each([
    ['years', '2001,2002,2003\n1.5,2.5,3.5\n4.5,5.5,6.5\n'],
    ['positions', '0,1,2\n1.5,2.5,3.5\n4.5,5.5,6.5\n'],
    ['texts over texts', 'a,b\nx,y\nz,w\n'],
  ])('%s are a header', async (_, csv) => {
    expect(await found(csv)).toMatchObject({ header: true });
  });
  test('what is asked for is taken', async () => {
    expect(await found('a,b\n1,2\n3,4\n', { header: false })).toMatchObject({ header: false });
    expect(await found('a,b;c\n1,2;3\n4,5;6\n', { delimiter: ';' })).toMatchObject({ delimiter: ';' });
  });
  test('CRLF, LF and CR may be mixed, and blank lines are no rows', async () => {
    const { profile } = await sniff('a,b\r\n1,2\n\n3,4\r5,6\r\n   \r\n\t\n7,8');
    expect(profile).toMatchObject({ rows: 4, rowsWithMissing: 0 });
    expect(profile.columns[0]).toMatchObject({ kind: 'integer', mean: 4 });
  });
});

test('a preview shows texts as they are and missing values as null', async () => {
  const bytes = bytesOf('a,b,c\n"x ""y"" z",NA,-\n"1\n2","",0\n');
  const { dialect } = await sniff(bytes);
  expect(previewHead(bytes, dialect, 1).rows).toEqual([['x "y" z', null, '-']]);
  expect(previewHead(bytes, dialect, 9).rows).toEqual([
    ['x "y" z', null, '-'],
    ['1\n2', null, '0'],
  ]);
});

test('empty and repeated names are changed as pandas does, and say so', async () => {
  const { profile } = await sniff('x,,x,y\n1,2,3,4\n5,6,7,8\n');
  expect(profile.columns.map(({ name, originalName }) => ({ name, originalName }))).toEqual([
    { name: 'x', originalName: undefined },
    { name: 'Unnamed: 1', originalName: '' },
    { name: 'x.1', originalName: 'x' },
    { name: 'y', originalName: undefined },
  ]);
  expect(profile.warnings).toEqual([
    { code: 'headerRenamed', params: { position: 2, original: '', name: 'Unnamed: 1' } },
    { code: 'headerRenamed', params: { position: 3, original: 'x', name: 'x.1' } },
  ]);
});

test('10,000 columns are read without holding up the event loop for more than 100 ms of work', async () => {
  const record = (cell: (i: number) => string) => Array.from({ length: 10_000 }, (_, i) => cell(i)).join(',');
  const lines = [record((i) => `column ${i}`), ...Array.from({ length: 8 }, (_, r) => record((i) => `${(i * r) / 7}`))];
  const bytes = bytesOf(`${lines.join('\n')}\n`);
  await sniff(bytes);
  // Time of the processor, not of the clock: other programs may be running beside this one. The best of three, because
  // the compiler and the collector of this process count too.
  const spentMs = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  let longest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    let stretch = 0;
    let last = spentMs();
    const look = () => {
      stretch = Math.max(stretch, spentMs() - last);
      last = spentMs();
    };
    const timer = setInterval(look, 1);
    await sniff(bytes);
    look();
    clearInterval(timer);
    longest = Math.min(longest, stretch);
  }
  const { profile } = await sniff(bytes);
  expect(profile.columns).toHaveLength(10_000);
  expect(profile.columns[7]).toMatchObject({ name: 'column 7', distinct: 8, max: 7 });
  expect(longest).toBeLessThan(100);
});

test.each([
  ['iris', 150, 5, 0],
  ['wine', 178, 14, 0],
  ['digits', 1797, 65, 0],
  ['breast_cancer', 569, 31, 0],
  ['penguins', 344, 8, 11],
])('%s has the rows, columns and gaps that it is known for', async (name, rows, columns, rowsWithMissing) => {
  const { profile, dialect } = await sniff(await readFile(new URL(`../../examples/${name}.csv`, import.meta.url)));
  expect(dialect).toEqual({ encoding: 'utf-8', bom: false, delimiter: ',', quote: '"', decimal: '.', header: true });
  expect(profile).toMatchObject({ complete: true, rows, rowsWithMissing, warnings: [] });
  expect(profile.columns).toHaveLength(columns);
});
