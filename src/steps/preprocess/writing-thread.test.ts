import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AppError } from '../../contract/errors.js';
import { kernelThreads } from '../../worker/kernel-threads.js';
import type { StepContext } from '../context.js';
import type { Classes } from './classes.js';
import type { FittedFeatures } from './features.js';
import { TableKernel } from './kernels/table-kernel.js';
import { NumberColumns } from './number-columns.js';
import { pieceMaker } from './pieces.js';
import { processedFile, writeProcessed } from './write-processed.js';
import { WritingThread } from './writing-thread.js';

const scratch = mkdtempSync(join(tmpdir(), 'zincir-writing-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const rows = 30_000;
const columns = 4;
const categories = ['a', 'b', 'c'];

function opened(): TableKernel {
  const kernel = TableKernel.open({ kernels: 'auto', threads: kernelThreads(2) });
  if (kernel === null) throw new Error('WebAssembly with SIMD and threads is needed here');
  return kernel;
}

/** @param memoryBytes what of the numbers stays in memory; the rest goes to a file and comes back block by block */
function tableOf(kernel: TableKernel, memoryBytes: number, strideRows: number): NumberColumns {
  const numbers = new NumberColumns(columns, join(scratch, 'numbers'), memoryBytes, kernel, strideRows);
  for (let row = 0; row < rows; row++) {
    const { data, at } = numbers.room;
    for (let column = 0; column < columns; column++) {
      data[column * numbers.stride + at] = row % 17 === column ? Number.NaN : Math.sin(row * (column + 1));
    }
    numbers.advance(1);
  }
  return numbers;
}

const names = [...Array.from({ length: columns }, (_, column) => `n${column}`), ...categories];
const features: FittedFeatures = {
  fitted: {
    numeric: [],
    categorical: [],
    inputColumns: names,
    target: 'y',
    classes: [0, 1],
    fittedRows: rows,
    featureNames: names,
  },
  leftOut: [],
  features: names.length,
  numeric: Array.from({ length: columns }, (_, column) => ({
    column,
    transform: {
      column: `n${column}`,
      impute: 'mean',
      fill: 2,
      standard: { mean: 0.1, variance: 9, scale: 3 },
      boolean: false,
    },
  })),
  categorical: [
    {
      transform: { column: 't', fill: 'a', categories },
      categoryOf: Int32Array.of(1, 0, 2, -1),
      missing: 0,
      codes: Int32Array.from({ length: rows }, (_, row) => (row % 5) - 1),
    },
  ],
};
const classes: Classes = {
  labels: [0, 1],
  codes: Int32Array.from({ length: rows }, (_, row) => row % 2),
  counts: Int32Array.of(rows / 2, rows / 2),
};

async function written(memoryBytes: number, strideRows: number, byThread: boolean): Promise<unknown> {
  const kernel = opened();
  const numbers = tableOf(kernel, memoryBytes, strideRows);
  const thread = byThread ? new WritingThread(kernel) : null;
  const context = {
    scratch,
    signal: new AbortController().signal,
    input: { config: { target: 'y' } },
    progress: () => {},
  } as unknown as StepContext;
  try {
    const hashed = await writeProcessed(context, numbers, features, classes, {}, thread);
    return { ...hashed, bytes: readFileSync(join(scratch, processedFile)).toString('latin1') };
  } finally {
    await thread?.close();
    kernel.close();
    numbers.close();
  }
}

test.each([
  ['in memory', 1 << 30, 8192],
  ['read back from a file, in blocks smaller than a piece', 0, 1000],
])('a table %s is written by a thread as by the pool, to the byte', async (_, memoryBytes, strideRows) => {
  const pool = await written(memoryBytes, strideRows, false);
  expect(await written(memoryBytes, strideRows, true)).toEqual(pool);
});

test.skipIf(!existsSync('/dev/full'))('a disk that is full is an error of the step (/dev/full)', async () => {
  const kernel = opened();
  const thread = new WritingThread(kernel);
  const pieces = pieceMaker(features, rows, kernel);
  try {
    thread.open(openSync('/dev/full', 'w'));
    for (const block of tableOf(kernel, 1 << 30, 8192).blocks()) {
      const piece = pieces.begin(block, 0, 10);
      if (piece) thread.write(piece, 0);
      break;
    }
    const fault = await thread.unwritten(0).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(AppError);
    expect(fault).toMatchObject({ code: 'STORAGE_FULL' });
  } finally {
    await thread.close();
    kernel.close();
  }
});
