import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ValidationPlan } from '../../learn/index.js';
import { KernelModule } from '../../learn/kernels/kernel-module.js';
import { ValidatingThread } from './validating-thread.js';

const columns = 2;
const stretchRows = 4;
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-validating-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Kernels with weights (1, -1) and intercept 0.5, a stretch of four rows read two at a time. */
function planned(rows: number): { plan: ValidationPlan; sums: Float64Array } {
  const kernels = KernelModule.open(4096);
  if (kernels === null) throw new Error('no WebAssembly with SIMD');
  const sums = kernels.reserve(16 * Math.ceil(rows / stretchRows));
  const plan = {
    module: kernels.module,
    memory: kernels.run.memory,
    pieceRows: 2,
    stretchRows,
    x: kernels.reserve(2 * columns * 8),
    codes: kernels.reserve(stretchRows * 4),
    decisions: kernels.reserve(stretchRows * 8),
    sums,
    coef: kernels.put(Float64Array.of(1, -1)),
    intercept: kernels.put(Float64Array.of(0.5)),
    logistic: false,
  };
  return { plan, sums: kernels.doubles(sums, 2 * Math.ceil(rows / stretchRows)) };
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
  const { plan, sums } = planned(5);
  const thread = new ValidatingThread(
    { fd: file.fd, laid: shared([1, 1, 1, 0, 0, 1]), first: 1, rows: 5, columns },
    plan,
  );
  for (let epoch = 0; epoch < 3; epoch += 1) {
    sums.fill(Number.NaN);
    thread.begin();
    await thread.finished();
    // Decisions 2.5, -0.5, 0.5, -2.5 and 0.5: margins 2.5, -0.5, -0.5, 2.5 and 0.5.
    expect([...sums]).toEqual([2, 3, 1, 0.5]);
  }
  await thread.close();
  await file.close();
});

test('a file that ends too soon is the fault that the one who waits is told, and the thread ends', async () => {
  const file = await laidFile([
    [1, 2],
    [3, 4],
  ]);
  const { plan } = planned(5);
  const thread = new ValidatingThread({ fd: file.fd, laid: shared([0, 1, 0, 1, 0]), first: 0, rows: 5, columns }, plan);
  thread.begin();
  await expect(thread.finished()).rejects.toThrow('the file ends within row 2');
  await thread.close();
  await file.close();
});

test('closed in the middle of its work it ends', async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => [i, -i]);
  const file = await laidFile(rows);
  const { plan } = planned(1000);
  const thread = new ValidatingThread(
    { fd: file.fd, laid: shared(rows.map(() => 1)), first: 0, rows: 1000, columns },
    plan,
  );
  thread.begin();
  await thread.close();
  await expect(thread.finished()).rejects.toThrow('the thread that validates has ended');
  await file.close();
});
