import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../contract/config.js';
import { AppError } from '../../contract/errors.js';
import { kernelThreads } from '../../worker/kernel-threads.js';
import type { Batch } from '../batch.js';
import { CsvReader, type ReaderOptions } from '../reader.js';
import type { Threads } from './scan-ahead.js';

const dialect: Dialect = { encoding: 'utf-8', bom: false, delimiter: ',', quote: '"', decimal: '.', header: true };

/** The helper is there as soon as it is asked for, and takes over with the next chunk. */
const eager: Threads = {
  count: 2,
  start(plan) {
    const helpers = kernelThreads(2).start(plan);
    const words = new Int32Array(plan.memory.buffer, plan.crew);
    while (Atomics.load(words, 0) === 0) Atomics.wait(words, 0, 0, 5);
    return helpers;
  },
};

/** Everything that a batch says, to be compared to the bit. */
function told(batch: Batch): unknown {
  const { rows, columns, stride, values, hardRows, hardCounts, bytes, starts, ends, offset } = batch;
  const columnOf = (array: Float64Array | Int32Array, column: number, count: number) =>
    Array.from(array.subarray(column * stride, column * stride + count));
  return {
    rows,
    lines: Array.from(batch.lines),
    places: Array.from(starts.subarray(0, rows * columns), (start) => start + offset),
    fields: Array.from(starts.subarray(0, rows * columns), (start, slot) =>
      Buffer.from(bytes.slice(start, ends[slot])).toString('latin1'),
    ),
    values: Array.from({ length: columns }, (_, column) => columnOf(values, column, rows)),
    hard: Array.from({ length: columns }, (_, column) => columnOf(hardRows, column, hardCounts[column] ?? 0)),
  };
}

/** All batches of a text, pushed in chunks (`laid` where the reader has room for them), and the error that it ends with. */
function readAll(
  bytes: Uint8Array,
  chunkBytes: number,
  options: ReaderOptions,
  laid = false,
): { batches: unknown[]; fault: unknown } {
  const batches: unknown[] = [];
  const handler = { columns: () => {}, batch: (batch: Batch) => void batches.push(told(batch)) };
  const reader = new CsvReader(dialect, handler, options);
  try {
    for (let from = 0; from < bytes.length; ) {
      const chunk = bytes.slice(from, from + chunkBytes);
      const room = laid ? reader.room() : null;
      const place = room?.subarray(0, chunk.length) ?? chunk;
      place.set(chunk.subarray(0, place.length));
      from += place.length;
      reader.push(place);
    }
    reader.finish();
    return { batches, fault: null };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return { batches, fault: { code: thrown.code, params: thrown.params } };
  } finally {
    reader.close();
  }
}

const ahead: ReaderOptions = { threads: eager, aheadFromBytes: 0 };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The same with a thread that scans ahead; answers what both found. */
function sameBothWays(text: string, chunkBytes: number, options: ReaderOptions = {}) {
  const bytes = bytesOf(text);
  const alone = readAll(bytes, chunkBytes, options);
  const both = readAll(bytes, chunkBytes, { ...options, ...ahead });
  expect(both).toEqual(alone);
  expect(readAll(bytes, chunkBytes, { ...options, ...ahead }, true)).toEqual(alone);
  return alone;
}

test('a thread that scans ahead finds the same batches, places and errors in any text', () => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.double({ noNaN: true }).map(String) },
    fc.constantFrom(',', ',', ',', '\n', '\n', '\r\n', '\r', '"', '""', ' ', 'NA', 'ğ', '"a,b"', '"\n"', '1,2\n'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 99 }), (pieces, size) => {
      sameBothWays(`a,b\n${pieces.join('')}`, size);
    }),
    { numRuns: 150 },
  );
}, 60_000);

describe('files of many chunks', () => {
  const row = (r: number): string => `${r / 7},${r % 5 === 0 ? '' : -r},"name, ""${r % 11}""",x${r}\n`;
  const table = (rows: number): string => `a,b,c,d\n${Array.from({ length: rows }, (_, r) => row(r)).join('')}`;

  test('are read to the same batches, the last line with its end or without', () => {
    const text = table(60_000);
    for (const csv of [text, text.trimEnd()]) {
      const { batches, fault } = sameBothWays(csv, 100_000);
      expect(fault).toBeNull();
      expect(batches.length).toBeGreaterThan(15);
    }
  });

  test('with a mistake end with its line after the same rows', () => {
    const good = table(30_000);
    expect(sameBothWays(`${good}1,2\n${table(5)}`, 50_000).fault).toEqual({
      code: 'CSV_RAGGED',
      params: { line: 30_002, found: 2, expected: 4 },
    });
    expect(sameBothWays(`${good}1,2,"never\nclosed,4\n`, 50_000).fault).toEqual({
      code: 'CSV_QUOTE_UNTERMINATED',
      params: { line: 30_002 },
    });
  });

  test('with records longer than a region has room for are read on without the thread', () => {
    const long = `1,2,"${'long\n'.repeat(300_000)}",4\n`;
    const { batches, fault } = sameBothWays(`${table(20_000)}${long}${table(20_000).slice(8)}`, 200_000);
    expect(fault).toBeNull();
    expect(batches.length).toBeGreaterThan(8);
  }, 60_000);

  test('with a record beyond the limit end with its line', () => {
    const long = `1,2,${'9'.repeat(400_000)}`;
    expect(sameBothWays(`${table(5_000)}${long}`, 50_000, { limitBytes: 300_000 }).fault).toEqual({
      code: 'CSV_RECORD_TOO_LONG',
      params: { line: 5_002, limitBytes: 300_000 },
    });
  });
});

describe('a thread that dies', () => {
  const comes = `
    const { memory, crew, failed } = require('node:worker_threads').workerData;
    const words = new Int32Array(memory.buffer, crew);
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);`;
  const dying = (last: string): Threads => ({
    count: 2,
    patienceMs: 200,
    start(plan) {
      const worker = new Worker(comes + last, { eval: true, workerData: plan });
      const words = new Int32Array(plan.memory.buffer, plan.crew);
      while (Atomics.load(words, 0) === 0) Atomics.wait(words, 0, 0, 5);
      return { end: () => void worker.terminate() };
    },
  });
  const text = bytesOf(`a,b\n${'1,2\n'.repeat(5000)}`);

  test.each([
    ['and says so', 'Atomics.store(new Int32Array(memory.buffer), failed / 4, 1);'],
    ['without a word', 'process.exit(0);'],
  ])('%s is an error and not a shorter table', (_, last) => {
    const options = { threads: dying(last), aheadFromBytes: 0 };
    expect(() => readAll(text, 1000, options)).toThrow('the thread that scans ahead ended before its work was done');
  });
});
