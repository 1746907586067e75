import { existsSync } from 'node:fs';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Chain, startChain } from '../../../test/support/chain.js';
import { later } from '../../../test/support/later.js';
import type { WorkflowConfigInput } from '../../contract/config.js';
import { AppError } from '../../contract/errors.js';
import type { ModelCode } from '../../contract/models.js';
import type { StepOutput } from '../../contract/tasks.js';
import { bytesInMemory } from '../../learn/index.js';
import { kernelThreads } from '../../worker/kernel-threads.js';
import type { StepHandler } from '../context.js';
import { preprocess } from '../preprocess.js';
import { trainHandler } from '../train.js';
import { readCheckpoint } from './checkpoint.js';

const chains: Chain[] = [];
afterAll(async () => {
  await Promise.all(chains.splice(0).map((chain) => chain.remove()));
});

const models: ModelCode[] = ['LR', 'SVM', 'PER', 'PA', 'MLP'];
const hashes = ({ files }: StepOutput) => files.map(({ name, sha256 }) => ({ name, sha256 }));
const everyEpoch = trainHandler({ checkpointMs: 0, metricsMs: 0 });

async function prepared(csv: Uint8Array | string, config: Partial<WorkflowConfigInput> & { model: ModelCode }) {
  const chain = await startChain(csv, { target: 'species', ...config } as WorkflowConfigInput);
  chains.push(chain);
  await chain.run('upload');
  await chain.run('preprocess');
  return chain;
}
const penguins = async (model: ModelCode, params: Record<string, unknown>) =>
  prepared(await readFile(new URL('../../../examples/penguins.csv', import.meta.url)), { model, params });

/** What training the penguins in memory takes. */
const neededBytes = (chain: Chain) =>
  bytesInMemory({ spec: chain.input('train').config, classes: 3, rows: 344, columns: 10 });
/** Too little for the penguins; a network's parameters and batch take most of it. */
const little = (model: ModelCode) => (model === 'MLP' ? 200_000 : 24_000);
const streamed = (chain: Chain) => chain.said.logs.filter(({ code }) => code === 'trainingStreams').length;

describe('a memory budget', () => {
  test.each(models)('that just suffices changes no byte of %s; one byte less, and the run streams', async (model) => {
    const chain = await penguins(model, { epochs: 4 });
    const free = await chain.run('train');
    const atBudget = await chain.run('train', { memoryBytes: neededBytes(chain), attempt: 2 });
    expect(hashes(atBudget)).toEqual(hashes(free));
    expect(streamed(chain)).toBe(0);
    const below = await chain.run('train', { memoryBytes: neededBytes(chain) - 1, attempt: 3 });
    expect(streamed(chain)).toBe(1);
    expect(below.result.rows).toEqual(free.result.rows);
  });

  test.each(models)('below a table: %s learns it as well, and its figures agree with each other', async (model) => {
    const chain = await penguins(model, { epochs: 10 });
    const { result: whole } = await chain.run('train');
    const { result } = await chain.run('train', { memoryBytes: little(model), attempt: 2 });
    expect(chain.said.logs).toContainEqual(expect.objectContaining({ code: 'trainingStreams' }));
    const matrix = result.confusionMatrix as number[][];
    expect(matrix.flat().reduce((sum, count) => sum + count, 0)).toBe(69);
    const hits = matrix.reduce((sum, row, k) => sum + (row[k] ?? 0), 0);
    expect(hits / 69).toBe(result.validationAccuracy);
    expect(Number(result.validationAccuracy)).toBeGreaterThan(Number(whole.validationAccuracy) - 0.06);
  });

  test('with no room for one row is refused, with the bytes that are needed', async () => {
    const chain = await penguins('MLP', { epochs: 4 });
    const fault = await chain.run('train', { memoryBytes: 5000 }).catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({ code: 'MEMORY_TOO_SMALL', params: { features: 10, memoryBytes: 5000 } });
    const enough = fault instanceof AppError ? Number(fault.params.neededBytes) : 0;
    await expect(chain.run('train', { memoryBytes: enough - 1, attempt: 2 })).rejects.toMatchObject({
      code: 'MEMORY_TOO_SMALL',
    });
    await chain.run('train', { memoryBytes: enough, attempt: 3 });
  });
});

describe('a run that streams', () => {
  test.each(models)('of %s goes on from any checkpoint, on any budget, to the same bytes', async (model) => {
    const chain = await penguins(model, { epochs: 5 });
    const undisturbed = await chain.run('train', { handler: everyEpoch, memoryBytes: little(model) });
    const { checkpoints, metrics } = chain.said;
    expect(checkpoints.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    for (const { file, epoch } of checkpoints.splice(0)) {
      const before = metrics.length;
      for (const [k, memoryBytes] of [little(model), little(model) - 4000, 1 << 30].entries()) {
        const resumed = await chain.run('train', { checkpoint: file, attempt: 10 * epoch + k, memoryBytes });
        expect(hashes(resumed)).toEqual(hashes(undisturbed));
        expect(resumed.result).toEqual(undisturbed.result);
      }
      expect(metrics.slice(before, before + 5 - epoch)).toEqual(metrics.slice(epoch, 5));
    }
  });

  test.each(['LR', 'SVM', 'PER', 'PA'] as const)(
    'of %s with two classes ends with the bytes of training in memory, on one thread or two',
    async (model) => {
      const wave = (i: number): string =>
        `${Math.sin(i)},${Math.cos(3 * i)},${Math.sin(i) + Math.sin(7 * i) > 0 ? 'a' : 'b'}`;
      const csv = ['u,v,y', ...Array.from({ length: 24_000 }, (_, i) => wave(i))].join('\n');
      const chain = await prepared(csv, { model, target: 'y', params: { epochs: 4 } });
      const inMemory = await chain.run('train');
      const figures = chain.said.metrics.splice(0);
      for (const count of [1, 2]) {
        const threads = kernelThreads(count);
        const streaming = await chain.run('train', { memoryBytes: 500_000, threads, attempt: 1 + count });
        expect(streaming.result.confusionMatrix).toEqual(inMemory.result.confusionMatrix);
        expect(hashes(streaming)[0]).toEqual(hashes(inMemory)[0]);
        expect(chain.said.metrics.splice(0)).toEqual(figures);
      }
      expect(streamed(chain)).toBe(2);
    },
  );

  test('begun in memory goes on in memory, whatever the budget then', async () => {
    const chain = await penguins('LR', { epochs: 3 });
    const undisturbed = await chain.run('train', { handler: everyEpoch });
    const checkpoint = chain.said.checkpoints[0]?.file;
    const resumed = await chain.run('train', { checkpoint, attempt: 2, memoryBytes: 1 });
    expect(hashes(resumed)).toEqual(hashes(undisturbed));
  });

  test.each(models)('of %s makes the same model by kernels and by the plain loops', async (model) => {
    const chain = await penguins(model, { epochs: 3 });
    const fast = await chain.run('train', { memoryBytes: little(model) });
    const plain = await chain.run('train', { memoryBytes: little(model), kernels: 'plain', attempt: 2 });
    expect(plain.result.confusionMatrix).toEqual(fast.result.confusionMatrix);
    if (model !== 'MLP') expect(hashes(plain)[0]).toEqual(hashes(fast)[0]);
  });

  test('ends at once when it is cancelled, also within an epoch', async () => {
    const chain = await penguins('LR', { epochs: 1_000_000 });
    const control = new AbortController();
    const handler = trainHandler({ metricsMs: 0 });
    const running = later(chain.run('train', { signal: control.signal, handler, memoryBytes: 24_000 }));
    while (chain.said.metrics.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    control.abort(new AppError('CANCELLED', { id: 7 }));
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(chain.said.checkpoints).toEqual([]);
  });

  test('writes a checkpoint when its worker stops, and goes on from there to the same bytes', async () => {
    const chain = await penguins('LR', { epochs: 400 });
    const undisturbed = await chain.run('train', { memoryBytes: 24_000 });
    const before = chain.said.metrics.length;
    const control = new AbortController();
    const handler = trainHandler({ metricsMs: 0 });
    const stopping = later(chain.run('train', { signal: control.signal, attempt: 2, memoryBytes: 24_000, handler }));
    while (chain.said.metrics.length < before + 3) await new Promise((resolve) => setImmediate(resolve));
    control.abort(new AppError('WORKER_STOPPED', { worker: 'w', step: 'train' }));
    await expect(stopping).rejects.toMatchObject({ code: 'WORKER_STOPPED' });
    const checkpoint = chain.said.checkpoints.at(-1)?.file;
    const resumed = await chain.run('train', { checkpoint, attempt: 3, memoryBytes: 24_000 });
    expect(hashes(resumed)).toEqual(hashes(undisturbed));
  });
});

describe.skipIf(!existsSync('/dev/full'))('a disk that fills while a table spills (needs /dev/full)', () => {
  const fullFor = (spill: string, handler: StepHandler, left: string[]): StepHandler => {
    return async (context) => {
      await symlink('/dev/full', join(context.scratch, spill));
      try {
        return await handler(context);
      } finally {
        left.push(...(await readdir(context.scratch)));
      }
    };
  };
  const stored = async (chain: Chain): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name } of chain.files.list('workflows/7/')) names.push(name);
    return names;
  };

  test('in training ends with STORAGE_FULL, and leaves nothing: no file, no checkpoint', async () => {
    const chain = await penguins('LR', { epochs: 4 });
    const before = await stored(chain);
    const left: string[] = [];
    const handler = fullFor('rows', everyEpoch, left);
    await expect(chain.run('train', { handler, memoryBytes: 24_000 })).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(left).toEqual([]);
    expect(await stored(chain)).toEqual(before);
    expect(chain.said.checkpoints).toEqual([]);
    await chain.run('train', { attempt: 2, memoryBytes: 24_000 });
  });

  test('in preprocessing ends with STORAGE_FULL, and leaves no file in storage', async () => {
    const rows = Array.from({ length: 70_000 }, (_, i) => `${i % 97},${i % 89},${i % 2 ? 'a' : 'b'}`);
    const chain = await startChain(`x,z,species\n${rows.join('\n')}\n`, { model: 'LR', target: 'species' });
    chains.push(chain);
    await chain.run('upload');
    const before = await stored(chain);
    const handler = fullFor('numbers', preprocess, []);
    await expect(chain.run('preprocess', { handler, memoryBytes: 1000 })).rejects.toMatchObject({
      code: 'STORAGE_FULL',
    });
    expect(await stored(chain)).toEqual(before);
  });
});

describe('numbers that leave the range', () => {
  const wild = (value: (i: number) => string) =>
    `x,z,species\n${Array.from({ length: 200 }, (_, i) => `${value(i)},${(i * 37) % 11},${i % 2 ? 'a' : 'b'}\n`).join('')}`;

  for (const memoryBytes of [1 << 30, 9000]) {
    const way = memoryBytes < 10_000 ? 'by blocks' : 'in memory';
    test(`a rate that makes weights infinite ends in its epoch, the last finite one kept (${way})`, async () => {
      const csv = wild((i) => `${i * 1e10}`);
      const chain = await prepared(csv, {
        model: 'LR',
        params: { epochs: 400, learning_rate: 1e300, learning_rate_schedule: 'constant', penalty: 'none' },
        preprocessing: { columns: { x: { scale: 'none' }, z: { scale: 'none' } } },
      });
      const fault = await chain.run('train', { memoryBytes }).catch((thrown: unknown) => thrown);
      const epochs = chain.said.metrics.length;
      expect(fault).toMatchObject({ code: 'DIVERGED', params: { epoch: epochs + 1 } });
      const kept = chain.said.checkpoints.at(-1);
      expect(kept?.epoch).toBe(epochs > 0 ? epochs : undefined);
      if (!kept) return;
      const { state } = readCheckpoint(await readFile(await chain.files.localPath(kept.file)));
      expect(state.kind === 'linear' && state.coef.data.every(Number.isFinite)).toBe(true);
    });

    test.each(models)(`a feature of 1e308 is trained or named, never written as NaN: %s (${way})`, async (model) => {
      for (const scale of ['standard', 'none'] as const) {
        const chain = await prepared(
          wild((i) => (i % 3 ? '1e308' : '-1e308')),
          { model, params: { epochs: 3 }, preprocessing: { columns: { x: { scale } } } },
        );
        const budget = model === 'MLP' && memoryBytes < 10_000 ? 150_000 : memoryBytes;
        const ended = await chain.run('train', { memoryBytes: budget }).catch((thrown: unknown) => thrown);
        if (ended instanceof AppError) {
          expect(ended).toMatchObject({ code: 'DIVERGED', params: { epoch: chain.said.metrics.length + 1 } });
        } else expect(JSON.stringify((ended as StepOutput).result)).not.toMatch(/null|NaN/);
      }
    });

    test(`denormal numbers are numbers like others (${way})`, async () => {
      const chain = await prepared(
        wild((i) => (i % 2 ? '5e-324' : '1e-310')),
        { model: 'LR', params: { epochs: 3 } },
      );
      const { result } = await chain.run('train', { memoryBytes });
      expect(Number.isFinite(result.validationLoss)).toBe(true);
    });
  }
});
