import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import type { Dialect } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { isMissing } from './bytes.js';
import { fieldText } from './field.js';
import { nameColumns } from './header.js';
import { parseNumber } from './number.js';
import { type ReaderOptions, readCsv } from './reader.js';

const python = findPython();
const plain: Dialect = { encoding: 'utf-8', bom: false, delimiter: ',', quote: '"', decimal: '.', header: true };

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, i = 0; start < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.slice(start, start + size);
    start += size;
  }
}

interface Reading extends ReaderOptions {
  sizes?: number[];
  dialect?: Partial<Dialect>;
}

/** All fields as texts; checks on the way that a number found while scanning is the one that the field holds. */
async function readAs(csv: string | Uint8Array, { sizes = [1 << 20], dialect = {}, limitBytes, kernels }: Reading) {
  const bytes = typeof csv === 'string' ? new TextEncoder().encode(csv) : csv;
  const columns: string[] = [];
  const rows: (string | null)[][] = [];
  const lines: number[] = [];
  await readCsv(
    chunked(bytes, sizes),
    { ...plain, ...dialect },
    {
      columns: (named) => columns.push(...named.map(({ name }) => name)),
      batch: (batch) => {
        for (let row = 0; row < batch.rows; row++) {
          lines.push(batch.lines[row] ?? 0);
          rows.push(
            columns.map((_, column) => {
              const slot = row * batch.columns + column;
              const [start, end] = [batch.starts[slot] ?? 0, batch.ends[slot] ?? 0];
              const scanned = batch.values[column * batch.stride + row] ?? Number.NaN;
              const hard = batch.hardRows.subarray(column * batch.stride).subarray(0, batch.hardCounts[column]);
              expect(hard.includes(row)).toBe(Number.isNaN(scanned));
              if (!Number.isNaN(scanned)) expect(scanned).toBe(parseNumber(batch.bytes, start, end, 0x2e));
              const missing = isMissing(batch.bytes, start, end);
              return missing ? null : fieldText(batch, row, column);
            }),
          );
        }
      },
    },
    { limitBytes, kernels },
  );
  return { columns, rows, lines };
}

const messy = 'a,"b ""x""",c\r\n"1\r\n1",,NA\n\n "q",x"y",z\r"öğ""ü"tail,\t,nan\r\n  \nlast,None,"null"';
const messyRows = {
  columns: ['a', 'b "x"', 'c'],
  rows: [
    ['1\r\n1', null, null],
    [' "q"', 'x"y"', 'z'],
    ['öğ"ütail', '\t', null],
    ['last', null, null],
  ],
  lines: [2, 5, 6, 8],
};

describe.each(['auto', 'plain'] as const)('with %s kernels', (kernels) => {
  const read = (csv: string | Uint8Array, options: Reading = {}) => readAs(csv, { kernels, ...options });
  const fault = async (csv: string | Uint8Array, options: Reading = {}) => faultOf(read(csv, options));

  test('quotes, line ends, blank lines and missing values are read by the rules', async () => {
    expect(await read(messy)).toEqual(messyRows);
  });

  test('the sizes of the chunks make no difference', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }), async (sizes) => {
        expect(await read(messy, { sizes })).toEqual(messyRows);
      }),
    );
  });

  test('any table that is written out is read back', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
    const table = fc
      .integer({ min: 2, max: 5 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 2, maxLength: 8 }),
      );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 40 }),
        async (rows, delimiter, lineEnd, size) => {
          const csv = rows
            .map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(delimiter))
            .join(lineEnd);
          const found = await read(csv, { sizes: [size], dialect: { delimiter, header: false } });
          const missing = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None']);
          expect(found.rows).toEqual(rows.map((row) => row.map((text) => (missing.has(text) ? null : text))));
        },
      ),
    );
  });

  test('a record over the limit ends the reading, however the bytes come in', async () => {
    const csv = `a,b\n1,2\n3,${'x'.repeat(5000)}\n`;
    const error = { code: 'CSV_RECORD_TOO_LONG', params: { line: 3, limitBytes: 1000 } };
    expect(await fault(csv, { sizes: [64], limitBytes: 1000 })).toEqual(error);
    expect(await fault(csv, { sizes: [900], limitBytes: 1000 })).toEqual(error);
  });

  test('a single line of gigabytes is refused after the limit, in memory of about that size', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('a,b\n1,');
      const chunk = new Uint8Array(1 << 20).fill(0x78);
      for (;;) {
        given += chunk.length;
        yield chunk;
      }
    }
    const reading = readCsv(endless(), plain, { columns: () => undefined, batch: () => undefined }, { kernels });
    await expect(reading).rejects.toMatchObject({
      code: 'CSV_RECORD_TOO_LONG',
      params: { line: 2, limitBytes: 16777216 },
    });
    expect(given).toBeLessThan(20 << 20);
  });

  test('an error names the physical line, behind quoted line ends too', async () => {
    expect(await fault('a,b\n"1\n\n1",2\n3\n')).toEqual({
      code: 'CSV_RAGGED',
      params: { line: 5, found: 1, expected: 2 },
    });
  });

  test('text that is not UTF-8 behind the head names its byte, after a byte order mark too', async () => {
    const bytes = (mark: string) => Uint8Array.of(...new TextEncoder().encode(`${mark}a,b\n1,`), 0xe7, 0x0a);
    expect(await fault(bytes(''))).toEqual({ code: 'CSV_ENCODING', params: { encoding: 'utf-8', offset: 6 } });
    expect(await fault(bytes('\ufeff'), { dialect: { bom: true } })).toEqual({
      code: 'CSV_ENCODING',
      params: { encoding: 'utf-8', offset: 9 },
    });
  });
});

async function faultOf(reading: Promise<unknown>) {
  const thrown: unknown = await reading.catch((error: unknown) => error);
  return thrown instanceof AppError ? { code: thrown.code, params: thrown.params } : thrown;
}

test('both kernels find the same fields, lines and errors in any text', async () => {
  const number = fc.oneof(
    fc.double({ noNaN: true }).map(String),
    fc.stringMatching(/^[-+]?[0-9]{0,21}\.?[0-9]{0,21}(e[-+]?[0-9]{1,3})?$/),
  );
  const piece = fc.oneof(
    { weight: 3, arbitrary: number },
    fc.constantFrom(
      ',',
      ',',
      ',',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '"',
      '""',
      ' ',
      '\t',
      'NA',
      'ğ',
      'e',
      '-',
      'x',
      '"a,b"',
      '"\n"',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 99 }), async (pieces, size) => {
      const csv = `a,b\n${pieces.join('')}`;
      const expected = await faultOf(readAs(csv, { kernels: 'plain' }));
      expect(await faultOf(readAs(csv, { sizes: [size] }))).toEqual(expected);
    }),
    { numRuns: 3000 },
  );
});

test('both kernels read any table of numbers to the same bits', async () => {
  const cell = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value.toFixed(12)),
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
    fc.constantFrom('', 'NA', 'inf', ' 1.5'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), async (rows) => {
      const csv = `a,b\n${rows.map((row) => row.join(',')).join('\n')}\n`;
      const { rows: texts } = await readAs(csv, {});
      expect(texts).toEqual((await readAs(csv, { kernels: 'plain' })).rows);
    }),
    { numRuns: 1000 },
  );
});

const headers = [
  ['a', 'a', 'a'],
  ['a', '', 'a', ''],
  ['x', 'x.1', 'x'],
  ['x', 'x', 'x.1', 'x.1'],
  ['x.1', 'x', 'x'],
  ['Unnamed: 1', '', 'a'],
  ['', '', 'Unnamed: 0'],
  ['a', 'A', 'b', 'a.1', 'a', 'a.2', 'a'],
];

describe.skipIf(python === null)(`as pandas reads (${pythonMissing})`, () => {
  test('names of columns', () => {
    const program = `
import io, json, sys, csv, pandas as pd
def names(header):
  f = io.StringIO(); csv.writer(f).writerow(header); csv.writer(f).writerow(['1'] * len(header))
  return list(pd.read_csv(io.StringIO(f.getvalue())).columns)
print(json.dumps([names(h) for h in json.load(sys.stdin)]))`;
    const expected = runPython<string[][]>(python ?? '', program, headers);
    expect(headers.map((header) => nameColumns(header).map(({ name }) => name))).toEqual(expected);
  });

  test('fields of messy text', async () => {
    const pieces = ['a', '1', '"', '""', ',', ',', '\n', '\r\n', ' ', 'NA', 'ğ', '"x,y"', '\t'];
    let state = 3;
    const pick = (): string => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return pieces[Math.floor((state / 2 ** 32) * pieces.length)] ?? '';
    };
    const texts = Array.from({ length: 1500 }, () => `h1,h2,h3\n${Array.from({ length: 12 }, pick).join('')}\n`);
    const program = `
import io, json, sys, warnings, pandas as pd
warnings.simplefilter('ignore')
def read(text):
  try:
    df = pd.read_csv(io.StringIO(text, newline=''), dtype=str, index_col=False, keep_default_na=False,
                     na_values=['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None'], on_bad_lines='error')
    return [[None if pd.isna(v) else v for v in row] for row in df.itertuples(index=False)]
  except Exception as e:
    return str(e)
print(json.dumps([read(t) for t in json.load(sys.stdin)]))`;
    const expected = runPython<(string | (string | null)[][])[]>(python ?? '', program, texts);
    let compared = 0;
    for (const [i, text] of texts.entries()) {
      const ours = await readAs(text, {}).catch(() => null);
      // Rows that are too short are an error here, and filled up by pandas.
      if (ours === null || typeof expected[i] === 'string') continue;
      expect({ text, rows: ours.rows }).toEqual({ text, rows: expected[i] });
      compared++;
    }
    expect(compared).toBeGreaterThan(50);
  });
});
