import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { generateKernels } from '../../../../scripts/build-kernels.js';
import { kernelThreads } from '../../../worker/kernel-threads.js';
import type { StepContext } from '../../context.js';
import type { FittedFeatures } from '../features.js';
import { fitNumeric, TrainingOrder } from '../fit.js';
import { NumberColumns } from '../number-columns.js';
import { pieceMaker } from '../pieces.js';
import type { NumericPlan } from '../plan.js';
import { fitColumns } from './fit-columns.js';
import { TableKernel } from './table-kernel.js';

const kernels: TableKernel[] = [];
afterEach(() => {
  for (const kernel of kernels.splice(0)) kernel.close();
});

function open(threads: StepContext['threads']): TableKernel {
  const kernel = TableKernel.open({ kernels: 'auto', threads });
  if (kernel === null) throw new Error('this engine has no WebAssembly with SIMD');
  kernels.push(kernel);
  kernel.summon();
  return kernel;
}

/** Columns of numbers in blocks of `stride` rows. */
function tableOf(columns: readonly Float64Array[], kernel: TableKernel | null, stride = 512): NumberColumns {
  const table = new NumberColumns(columns.length, '/nowhere', 1 << 30, kernel, stride);
  const rows = columns[0]?.length ?? 0;
  for (let done = 0; done < rows; ) {
    const { data, at, rows: room } = table.room;
    const count = Math.min(room, rows - done);
    columns.forEach((column, i) => {
      data.set(column.subarray(done, done + count), i * stride + at);
    });
    table.advance(count);
    done += count;
  }
  return table;
}

/** Numbers between 0 and 1 that are the same in every run. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

const random = generator(7);
/** Columns that a median is easy to miss in, by what they are made of. */
const kinds: Record<string, (row: number) => number> = {
  'normal numbers': () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  'a third missing': () => (random() < 1 / 3 ? Number.NaN : random() * 1e6),
  'nearly all missing': (row) => (row % 1000 === 3 ? random() : Number.NaN),
  'nothing but missing values': () => Number.NaN,
  'one value': () => 2.5,
  'zeros and ones': () => (random() < 0.5 ? 0 : 1),
  'mostly zeros': () => (random() < 0.9 ? 0 : random()),
  'rows in order': (row) => row,
  // A sample at even steps sees one value alone.
  'what a sample misses': (row) => (row % 9 === 0 ? 1e9 : row % 7),
  'far apart': (row) => (row % 2 === 0 ? 1e-300 : 1e300),
  'tiny differences': () => 1e9 + random() * 1e-6,
};

const plan = (name: string, impute: NumericPlan['impute'], scale: NumericPlan['scale']): NumericPlan => ({
  name,
  position: 0,
  boolean: false,
  impute,
  scale,
});

/** Every other row or so, in an order of its own. */
function trainOf(rows: number, seed: number): Int32Array {
  const next = generator(seed);
  const chosen = Array.from({ length: rows }, (_, row) => row).filter(() => next() < 0.8);
  for (let i = chosen.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [chosen[i], chosen[j]] = [chosen[j] ?? 0, chosen[i] ?? 0];
  }
  return Int32Array.from(chosen);
}

function fittedBothWays(columns: readonly Float64Array[], train: Int32Array, threads: StepContext['threads']) {
  const names = columns.map((_, i) => `c${i}`);
  const plans = names.flatMap((name) => [plan(name, 'median', 'standard'), plan(name, 'mean', 'none')]);
  const doubled = columns.flatMap((column) => [column, column]);
  const kernel = open(threads);
  const order = new TrainingOrder(train, columns[0]?.length ?? 0);
  const transformOf = fitColumns(kernel, tableOf(doubled, kernel), plans, order);
  const ordered = new Float64Array(train.length);
  const scratch = new Float64Array(train.length);
  return {
    fast: plans.map((_, i) => transformOf(i)),
    plain: plans.map((one, i) => fitNumeric(one, doubled[i] ?? new Float64Array(0), order, ordered, scratch)),
  };
}

describe.each([1, 2, 3])('on %i threads', (count) => {
  test.each([50, 9_000, 40_000])('columns of %i rows are fitted as without kernels, to the bit', (rows) => {
    const columns = Object.values(kinds).map((value) => Float64Array.from({ length: rows }, (_, row) => value(row)));
    const { fast, plain } = fittedBothWays(columns, trainOf(rows, rows), kernelThreads(count));
    Object.keys(kinds).forEach((kind, i) => {
      expect([kind, fast[2 * i], fast[2 * i + 1]]).toEqual([kind, plain[2 * i], plain[2 * i + 1]]);
    });
  });

  test('any numbers are fitted and any rows are written as without kernels, to the bit', () => {
    const value = fc.oneof(fc.double({ min: -1e150, max: 1e150 }), fc.constantFrom(0, 1, 2, 5, Number.NaN));
    const table = fc.integer({ min: 2, max: 70 }).chain((rows) =>
      fc.record({
        columns: fc.array(fc.float64Array({ minLength: rows, maxLength: rows, min: -1e150, max: 1e150 }), {
          minLength: 1,
          maxLength: 5,
        }),
        more: fc.array(value, { minLength: rows, maxLength: rows }),
        codes: fc.array(fc.array(fc.integer({ min: -1, max: 3 }), { minLength: rows, maxLength: rows }), {
          maxLength: 3,
        }),
        stride: fc.integer({ min: 1, max: 30 }),
      }),
    );
    fc.assert(
      fc.property(table, ({ columns: some, more, codes, stride }) => {
        const columns = [...some, Float64Array.from(more)];
        const train = trainOf(more.length, stride).length > 0 ? trainOf(more.length, stride) : Int32Array.of(0);
        const { fast, plain } = fittedBothWays(columns, train, kernelThreads(count));
        expect(fast).toEqual(plain);
        const numeric = columns.flatMap((_, column) => {
          const transform = plain[2 * column];
          return transform ? [{ transform, column }] : [];
        });
        const categorical = codes.map((list, i) => ({
          transform: { column: `t${i}`, fill: 'b', categories: ['a', 'b', 'c'] },
          // The last text of the dictionary is not among the training rows.
          categoryOf: Int32Array.of(2, 0, 1, -1),
          missing: 1,
          codes: Int32Array.from(list),
        }));
        const features = numeric.length + 3 * categorical.length;
        if (features === 0) return;
        const fitted = { numeric, categorical, features } as unknown as FittedFeatures;
        const kernel = open(kernelThreads(count));
        expect(written(fitted, tableOf(columns, kernel, stride), kernel)).toEqual(
          written(fitted, tableOf(columns, null, stride), null),
        );
        for (const opened of kernels.splice(0)) opened.close();
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

/** All rows of features, each piece begun before the one before it is taken. */
function written(features: FittedFeatures, numbers: NumberColumns, kernel: TableKernel | null): number[] {
  const pieces = pieceMaker(features, 7, kernel);
  const all: number[] = [];
  let begun = 0;
  for (const block of numbers.blocks()) {
    for (let from = 0; from < block.rows; from += pieces.rows) {
      pieces.begin(block, from, Math.min(block.rows, from + pieces.rows));
      if (begun++ > 0) all.push(...pieces.take());
    }
  }
  all.push(...pieces.take());
  return all;
}

test('more columns than the queue has places are fitted', () => {
  const columns = Array.from({ length: 300 }, (_, i) => Float64Array.from({ length: 40 }, (_, row) => (row * i) % 13));
  const { fast, plain } = fittedBothWays(columns, trainOf(40, 1), kernelThreads(2));
  expect(fast).toEqual(plain);
});

test('a thread that never comes is not waited for', () => {
  const absent: StepContext['threads'] = { count: 2, start: () => ({ end: () => {}, ended: Promise.resolve() }) };
  const columns = [Float64Array.of(1, 2, 3, 4)];
  const { fast, plain } = fittedBothWays(columns, Int32Array.of(3, 0, 1), absent);
  expect(fast).toEqual(plain);
});

test('a thread that dies with a task in its hands is an error and not a wait', () => {
  const dying: StepContext['threads'] = {
    count: 2,
    start(plan) {
      const takes = `
        const { memory, crew, failed } = require('node:worker_threads').workerData;
        const words = new Int32Array(memory.buffer);
        while (Atomics.load(words, crew / 4) === 0) Atomics.wait(words, crew / 4, 0, 10);
        Atomics.add(words, crew / 4 + 16, 1);
        Atomics.store(words, failed / 4, 1);`;
      const worker = new Worker(takes, { eval: true, workerData: plan });
      return { end: () => void worker.terminate(), ended: Promise.resolve() };
    },
  };
  const kernel = open(dying);
  const task = kernel.post(0, [0, 0, 0, 0], { wakes: true });
  const word = new Int32Array(new SharedArrayBuffer(4));
  // A host that took the task itself would do it.
  while (kernel.waiting > 0) Atomics.wait(word, 0, 0, 5);
  expect(() => kernel.finish(task)).toThrow('a thread that fits the columns ended before its work was done');
});

test('the committed module is what its source says', async () => {
  const committed = readFileSync(new URL('./generated/kernels.ts', import.meta.url), 'utf8');
  expect(await generateKernels('src/steps/preprocess/kernels')).toBe(committed);
}, 60_000);
