import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleConfig, WorkflowConfigInput } from '../../contract/config.js';
import type { ModelCode } from '../../contract/models.js';
import { kernelThreads } from '../../worker/kernel-threads.js';
import { splitRows } from '../split.js';
import { readTrainingData } from './data.js';

const columns = 30;
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-data-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Where the rows begin in a file: odd, as in a pickle. */
const xOffset = 13;

/** A file whose number (i, j) is 100 i + j, and a header that says where it is. */
async function table(rows: number, classes: number) {
  const path = join(directory, `${rows}-${classes}`);
  const values = Float64Array.from({ length: rows * columns }, (_, at) => {
    const column = at % columns;
    return 100 * ((at - column) / columns) + column;
  });
  const codes = Int32Array.from({ length: rows }, (_, row) => row % classes);
  const yOffset = xOffset + values.byteLength;
  const [x, y] = [values, codes].map(({ buffer }) => Buffer.from(buffer));
  await writeFile(path, Buffer.concat([Buffer.alloc(xOffset), x ?? Buffer.alloc(0), y ?? Buffer.alloc(0)]));
  const labels = Array.from({ length: classes }, (_, k) => k);
  return { path, codes, header: { rows, features: columns, classes: labels, xOffset, yOffset } };
}

const configOf = (model: ModelCode) => settleConfig(WorkflowConfigInput.parse({ model, target: 'y' })).config;

async function read(
  { path, header }: Awaited<ReturnType<typeof table>>,
  model: ModelCode,
  kernels: 'auto' | 'plain',
  threads: number,
  signal = new AbortController().signal,
) {
  const file = await open(path, 'r');
  try {
    const context = { input: { config: configOf(model) }, kernels, threads: kernelThreads(threads), signal };
    return await readTrainingData(file, header, context);
  } finally {
    await file.close();
  }
}

const rowsOf = ({ data, rows }: { data: Float64Array; rows: number }): number[] =>
  Array.from({ length: rows }, (_, i) => {
    const first = data[i * columns] ?? Number.NaN;
    const whole = data.subarray(i * columns, (i + 1) * columns).every((value, j) => value === first + j);
    return whole ? first / 100 : Number.NaN;
  });

// 150,000 rows are enough for threads to help; 500 are not.
test.each([
  ['LR', 2, 150_000],
  ['LR', 3, 150_000],
  ['MLP', 2, 150_000],
  ['SVM', 2, 500],
] as const)(
  '%s, %i classes, %i rows: each row comes whole to its place, whoever brings it',
  async (model, classes, rows) => {
    const given = await table(rows, classes);
    const split = splitRows(configOf(model), given.codes, classes);
    const classesOf = (numbers: Int32Array) => numbers.map((row) => given.codes[row] ?? 0);
    for (const threads of [1, 2, 5]) {
      const { train, validation, room } = await read(given, model, 'auto', threads);
      const order = room?.order;
      expect(order === null).toBe(classes > 2);
      expect(rowsOf(train.x)).toEqual(Array.from(split.train, (row, i) => (order ? split.train[order[i] ?? 0] : row)));
      expect(rowsOf(validation.x)).toEqual([...split.validation]);
      expect([train.y, validation.y]).toEqual([classesOf(split.train), classesOf(split.validation)]);
    }
    const plain = await read(given, model, 'plain', 2);
    expect(plain.room).toBeUndefined();
    expect(rowsOf(plain.train.x)).toEqual([...split.train]);
    expect(rowsOf(plain.validation.x)).toEqual([...split.validation]);
  },
);

test('a file that ends too soon ends the reading, on one thread, on several, and in plain numbers', async () => {
  const given = await table(150_000, 2);
  const short = { ...given, header: { ...given.header, xOffset: given.header.yOffset - 1_000_000 } };
  await expect(read(short, 'LR', 'auto', 1)).rejects.toThrow(/the file ends/);
  await expect(read(short, 'LR', 'auto', 3)).rejects.toThrow(/the file ends/);
  await expect(read(short, 'LR', 'plain', 1)).rejects.toThrow(/the file ends/);
});

test('a run that is cancelled stops reading with the reason', async () => {
  const given = await table(150_000, 2);
  for (const kernels of ['auto', 'plain'] as const) {
    const cancel = new AbortController();
    setImmediate(() => cancel.abort(new Error('cancelled')));
    await expect(read(given, 'LR', kernels, 2, cancel.signal)).rejects.toThrow('cancelled');
  }
});
