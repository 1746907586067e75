import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AidePlan } from '../../learn/index.js';
import { KernelModule } from '../../learn/kernels/kernel-module.js';
import { AidingThread } from './aiding-thread.js';

const columns = 2;
const stretchRows = 4;
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-aiding-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Kernels with weights (1, -1) and intercept 0.5, a stretch of four rows read two at a time, and three places ahead. */
function planned(rows: number, kept = 0) {
  const kernels = KernelModule.open(4096);
  if (kernels === null) throw new Error('no WebAssembly with SIMD');
  const sums = kernels.reserve(16 * Math.ceil(rows / stretchRows));
  const ahead = [1, 2, 3].map(() => ({ x: kernels.reserve(2 * columns * 8), codes: kernels.reserve(2 * 4) }));
  const words = kernels.reserve(4 * 5);
  const plan: AidePlan = {
    module: kernels.module,
    memory: kernels.run.memory,
    pieceRows: 2,
    stretchRows,
    kept,
    ahead,
    words,
    x: kernels.reserve(2 * columns * 8),
    codes: kernels.reserve(stretchRows * 4),
    decisions: kernels.reserve(stretchRows * 8),
    sums,
    coef: kernels.put(Float64Array.of(1, -1)),
    intercept: kernels.put(Float64Array.of(0.5)),
    logistic: false,
  };
  const places = ahead.map(({ x, codes }) => ({
    x: kernels.doubles(x, 2 * columns),
    codes: kernels.integers(codes, 2),
  }));
  return {
    plan,
    sums: kernels.doubles(sums, 2 * Math.ceil(rows / stretchRows)),
    words: kernels.integers(words, 5),
    places,
  };
}

async function laidFile(rows: readonly (readonly number[])[]) {
  const path = join(directory, 'rows');
  await writeFile(path, Float64Array.from(rows.flat()));
  return open(path, 'r');
}

const shared = (codes: readonly number[]): Uint8Array => {
  const laid = new Uint8Array(new SharedArrayBuffer(codes.length));
  laid.set(codes);
  return laid;
};

test('hits and hinge losses of each stretch are those worked by hand, as often as they are asked for', async () => {
  const file = await laidFile([
    [9, 9],
    [2, 0],
    [0, 1],
    [0, 0],
    [0, 3],
    [1, 1],
  ]);
  const { plan, sums, words } = planned(5);
  const thread = new AidingThread(
    { fd: file.fd, laid: shared([1, 1, 1, 0, 0, 1]), trainRows: 1, validationRows: 5, columns },
    plan,
  );
  for (let epoch = 0; epoch < 3; epoch += 1) {
    sums.fill(Number.NaN);
    words.fill(0);
    thread.begin(true);
    await thread.finished();
    // Decisions 2.5, -0.5, 0.5, -2.5 and 0.5: margins 2.5, -0.5, -0.5, 2.5 and 0.5.
    expect([...sums]).toEqual([2, 3, 1, 0.5]);
  }
  // The last stretch is somebody else's.
  sums.fill(Number.NaN);
  words.set([0, 1]);
  thread.begin(true);
  await thread.finished();
  expect([...sums]).toEqual([2, 3, Number.NaN, Number.NaN]);
  await thread.close();
  await file.close();
});

test('a file that ends too soon is the fault that the one who waits is told, and the thread ends', async () => {
  const file = await laidFile([
    [1, 2],
    [3, 4],
  ]);
  const { plan } = planned(5);
  const thread = new AidingThread(
    { fd: file.fd, laid: shared([0, 1, 0, 1, 0]), trainRows: 0, validationRows: 5, columns },
    plan,
  );
  thread.begin(true);
  await expect(thread.finished()).rejects.toThrow('the file ends within row 2');
  await thread.close();
  await file.close();
});

test('closed in the middle of its work it ends', async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => [i, -i]);
  const file = await laidFile(rows);
  const { plan } = planned(1000);
  const thread = new AidingThread(
    { fd: file.fd, laid: shared(rows.map(() => 1)), trainRows: 0, validationRows: 1000, columns },
    plan,
  );
  thread.begin(true);
  await thread.close();
  await expect(thread.finished()).rejects.toThrow('the thread that helps has ended');
  await file.close();
});

test('pieces that stay in memory are not read ahead: the first after them are there before they are due', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => [i, -i]);
  const file = await laidFile(rows);
  const { plan, words } = planned(0, 10);
  const laid = shared(rows.map(() => 0));
  const thread = new AidingThread({ fd: file.fd, laid, trainRows: 40, validationRows: 0, columns }, plan);
  thread.begin(false);
  while (Atomics.load(words, 2 + (11 % 3)) !== 12) await new Promise(setImmediate);
  expect([...words].slice(2).sort((a, b) => a - b)).toEqual([0, 11, 12]);
  Atomics.store(words, 0, 20);
  await thread.finished();
  await thread.close();
  await file.close();
});

test('pieces of training rows are read ahead, and none is overwritten before it is visited', async () => {
  const rows = Array.from({ length: 1001 }, (_, i) => [i, -i]);
  const file = await laidFile(rows);
  const laid = shared(rows.map((_, i) => i % 2));
  const { plan, words, places } = planned(0);
  const thread = new AidingThread({ fd: file.fd, laid, trainRows: 1001, validationRows: 0, columns }, plan);
  for (let pass = 0; pass < 2; pass += 1) {
    words.fill(0);
    thread.begin(false);
    for (let piece = 0; piece < 501; piece += 1) {
      Atomics.store(words, 0, piece);
      // A visit that lasts until the two pieces after it are there.
      const last = Math.min(500, piece + 2);
      while (Atomics.load(words, 2 + (last % 3)) !== last + 1) await new Promise(setImmediate);
      if (piece === 0) continue; // Read by the one who visits.
      if (piece % 50 === 1) await new Promise((resolve) => setTimeout(resolve, 5));
      const place = places[piece % 3];
      const count = piece === 500 ? 1 : 2;
      const [i, j] = [2 * piece, 2 * piece + 1];
      expect([...(place?.x.subarray(0, 2 * count) ?? [])]).toEqual([i, -i, j, -j].slice(0, 2 * count));
      expect([...(place?.codes.subarray(0, count) ?? [])]).toEqual([0, 1].slice(0, count));
    }
    Atomics.store(words, 0, 501);
    await thread.finished();
  }
  await thread.close();
  await file.close();
});
