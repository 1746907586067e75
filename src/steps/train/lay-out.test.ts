import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layOut } from './lay-out.js';
import { ReadingThread } from './reading-thread.js';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-lay-out-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('every row lies where it belongs, whatever the memory, and the file is no longer than the rows', async () => {
  const table = fc
    .record({ rows: fc.integer({ min: 1, max: 200 }), columns: fc.integer({ min: 1, max: 5 }), offset: fc.nat(40) })
    .chain(({ rows, columns, offset }) =>
      fc.record({
        columns: fc.constant(columns),
        offset: fc.constant(offset),
        places: fc.shuffledSubarray([...Array(rows).keys()], { minLength: rows }).map((list) => Int32Array.from(list)),
        memoryBytes: fc.integer({ min: -50, max: 12_000 }),
      }),
    );
  await fc.assert(
    fc.asyncProperty(table, async ({ columns, offset, places, memoryBytes }) => {
      const values = Float64Array.from({ length: places.length * columns }, (_, i) => i + 0.5);
      const source = await open(join(directory, 'source'), 'w+');
      const target = await open(join(directory, 'target'), 'w+');
      try {
        await source.write(new Uint8Array(values.buffer), 0, values.byteLength, offset);
        const { signal } = new AbortController();
        await layOut({ source, sourceOffset: offset, target, columns, places, memoryBytes, signal });
        expect((await target.stat()).size).toBe(values.byteLength);
        const laid = new Float64Array(values.length);
        await target.read(new Uint8Array(laid.buffer), 0, laid.byteLength, 0);
        places.forEach((place, row) => {
          expect(laid[place * columns]).toBe(values[row * columns]);
          expect(laid[place * columns + columns - 1]).toBe(values[row * columns + columns - 1]);
        });
      } finally {
        await source.close();
        await target.close();
      }
    }),
    { numRuns: 60 },
  );
});

test('the thread that reads fills memory in the order asked, names the fault of a read, and goes on after it', async () => {
  const file = await open(join(directory, 'read'), 'w+');
  await file.write(new Uint8Array(Float64Array.from({ length: 100 }, (_, i) => i).buffer), 0, 800, 0);
  const memory = new SharedArrayBuffer(800);
  const values = (from: number, count: number) => new Float64Array(memory, from * 8, count);
  const thread = new ReadingThread(file.fd, memory);
  try {
    expect(thread.reaches(new Float64Array(1))).toBe(false);
    const reads = [thread.read(values(0, 10), 80), thread.read(values(10, 10), 792), thread.read(values(20, 2), 8)];
    await reads[0];
    await expect(reads[1]).rejects.toThrow('the file ends at byte 800');
    await reads[2];
    expect([...values(0, 10)]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect([...values(20, 2)]).toEqual([1, 2]);
  } finally {
    await thread.close();
    await file.close();
  }
});
