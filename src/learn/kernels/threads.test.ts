import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laidTable } from '../../../test/support/laid-table.js';
import { kernelThreads } from '../../worker/kernel-threads.js';
import { createBlockTrainer } from '../blocks/block-trainer.js';
import { RandomState } from '../random-state.js';
import { createTrainer, type Trainer } from '../trainer.js';
import type { EpochScores, EstimatorSpec, EstimatorState } from '../types.js';
import { ThreadLostError, type Threads } from './crew.js';

const sgd = {
  learning_rate: 0.01,
  learning_rate_schedule: 'optimal',
  power_t: 0.5,
  penalty: 'l2',
  alpha: 0.0001,
  l1_ratio: 0.15,
  class_weight: null,
  random_state: 3,
} as const;
const network = {
  learning_rate: 0.01,
  batch_size: 32,
  hidden_layer_sizes: [21, 6],
  activation: 'relu',
  solver: 'sgd',
  momentum: 0.9,
  alpha: 0.0001,
  random_state: 3,
} as const;
const specs: EstimatorSpec[] = [
  { model: 'LR', params: sgd },
  { model: 'SVM', params: { ...sgd, learning_rate_schedule: 'invscaling', power_t: 0.3 } },
  { model: 'PER', params: { ...sgd, penalty: 'none', learning_rate: 1 } },
  { model: 'LR', params: { ...sgd, penalty: 'l1', alpha: 0.001 } },
  { model: 'SVM', params: { ...sgd, penalty: 'elasticnet', learning_rate_schedule: 'constant' } },
  { model: 'PA', params: { C: 1, loss: 'hinge', class_weight: null, random_state: 3 } },
  { model: 'MLP', params: network },
  { model: 'MLP', params: { ...network, solver: 'adam', activation: 'tanh', batch_size: 50 } },
];

function randomRows(random: RandomState, rows: number, columns: number, classes: number) {
  const y = Int32Array.from({ length: rows }, () => random.interval(classes - 1));
  const data = Float64Array.from(
    { length: rows * columns },
    (_, i) => random.uniform(-1, 1) + 0.4 * Math.sin((y[Math.floor(i / columns)] ?? 0) * (1 + (i % columns))),
  );
  return { x: { data, rows, columns }, y };
}

/** Of a crew's words (./assembly/crew.ts): helpers that have come. */
const hereWord = 132;

/** Threads whose helpers start with the first job, however small it is, which waits until all of them are there. */
function eager(count: number): Threads {
  const threads = kernelThreads(count);
  const start: Threads['start'] = (plan) => {
    const helpers = threads.start(plan);
    const words = new Int32Array(plan.memory.buffer, plan.crew);
    while (Atomics.load(words, hereWord) < count - 1) Atomics.wait(words, hereWord, Atomics.load(words, hereWord), 1);
    return helpers;
  };
  return { count, start, leastWork: 0 };
}

function trainerOf(spec: EstimatorSpec, [rows, columns, classes]: number[], seed: number, threads: Threads): Trainer {
  const random = new RandomState(seed);
  const train = randomRows(random, rows ?? 0, columns ?? 0, classes ?? 0);
  const validation = randomRows(random, Math.ceil((rows ?? 0) / 3), columns ?? 0, classes ?? 0);
  return createTrainer({
    spec,
    classes: Array.from({ length: classes ?? 0 }, (_, k) => k),
    train,
    validation,
    threads,
  });
}

function run(trainer: Trainer, epochs: number): { scores: EpochScores[]; state: EstimatorState } {
  try {
    return { scores: Array.from({ length: epochs }, () => trainer.epoch()), state: trainer.fitted().state };
  } finally {
    trainer.close();
  }
}

describe('training on several threads', () => {
  it('gives the same weights and scores to the last bit for 1, 2 and 3 threads, on tables of any shape', () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 11 }),
      fc.integer({ min: 2, max: 11 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...specs), shape, fc.nat(), (spec, on, seed) => {
        const [one, two, three] = [1, 2, 3].map((count) => run(trainerOf(spec, on, seed, eager(count)), 6));
        expect(two).toEqual(one);
        expect(three).toEqual(one);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it.each(specs)(
    '$model: the same on a table of several stretches, with helpers from the first row on',
    (spec) => {
      const results = [2, 10].map((classes) =>
        [1, 2, 3].map((count) => run(trainerOf(spec, [9001, 12, classes], 5, eager(count)), 12)),
      );
      for (const [one, two, three] of results) {
        expect(two).toEqual(one);
        expect(three).toEqual(one);
      }
    },
    60_000,
  );
});

describe('training by blocks on several threads', () => {
  it.each(specs)(
    '$model: gives the same weights and scores to the last bit',
    async (spec) => {
      for (const classes of [2, 10]) {
        const random = new RandomState(8);
        const [train, validation] = [randomRows(random, 2001, 7, classes), randomRows(random, 501, 7, classes)];
        const results = [];
        for (const count of [1, 2, 3]) {
          const source = laidTable(train, validation, classes);
          const labels = Array.from({ length: classes }, (_, k) => k);
          const threads = eager(count);
          const trainer = createBlockTrainer({ spec, classes: labels, source, plan: { blockRows: 800 }, threads });
          const scores: EpochScores[] = [];
          for (let epoch = 0; epoch < 3; epoch += 1) scores.push(await trainer.epoch());
          results.push({ scores, state: trainer.fitted().state });
          trainer.close();
        }
        expect(results[1]).toEqual(results[0]);
        expect(results[2]).toEqual(results[0]);
      }
    },
    60_000,
  );
});

/** Helpers that keep books on themselves, or die in their own ways. */
function watched(program: string | null, patienceMs = 60_000): { threads: Threads; workers: Worker[] } {
  const workers: Worker[] = [];
  const start: Threads['start'] = (plan) => {
    const worker = new Worker(program ?? '', { eval: true, workerData: plan });
    worker.on('error', () => {});
    workers.push(worker);
    return { end: () => void worker.terminate(), ended: Promise.resolve() };
  };
  return { threads: { count: 2, start, patienceMs, leastWork: 0 }, workers };
}

/** Enters the first job, takes a piece of it, and is never heard of again. */
const taker = (last: string): string => `
const { memory, crew, failed } = require('node:worker_threads').workerData;
const words = new Int32Array(memory.buffer, crew);
while ((Atomics.load(words, 0) & 1) === 0) Atomics.wait(words, 0, Atomics.load(words, 0), 5);
Atomics.sub(words, 32, 1);
Atomics.add(words, 48, 1);
${last}
`;

describe('a helper that dies', () => {
  const spec: EstimatorSpec = { model: 'LR', params: sgd };
  const large = [60_000, 40, 2];

  it('fails the epoch when it says so', () => {
    const { threads } = watched(taker('Atomics.store(new Int32Array(memory.buffer), failed / 4, 1);'));
    expect(() => run(trainerOf(spec, large, 1, threads), 400)).toThrow(ThreadLostError);
  });

  it('fails the epoch when nothing is heard of it: nobody waits for ever', () => {
    const { threads } = watched(taker('process.exit(0);'), 300);
    expect(() => run(trainerOf(spec, large, 1, threads), 400)).toThrow(ThreadLostError);
  });

  it('between two epochs fails the next one, and the trainer stays failed', async () => {
    const threads = kernelThreads(2);
    let killed: Promise<unknown> | null = null;
    const trainer = trainerOf(spec, large, 1, {
      count: 2,
      leastWork: 0,
      start: (plan) => {
        const helpers = threads.start({
          ...plan,
          module: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
        });
        killed = new Promise((resolve) => setTimeout(resolve, 500));
        return helpers;
      },
    });
    trainer.epoch();
    await killed;
    expect(() => trainer.epoch()).toThrow(ThreadLostError);
    expect(() => trainer.epoch()).toThrow(ThreadLostError);
    trainer.close();
  });
});

it('helpers end with the trainer', async () => {
  const threads = eager(3);
  const ended: Promise<void>[] = [];
  const trainer = trainerOf(specs.at(-2) ?? never(), [500, 6, 3], 2, {
    ...threads,
    start: (plan) => {
      const helpers = threads.start(plan);
      ended.push(helpers.ended);
      return helpers;
    },
  });
  for (let i = 0; i < 20; i += 1) trainer.epoch();
  trainer.close();
  await Promise.all(ended);
  expect(ended).toHaveLength(1);
  expect(() => trainer.epoch()).toThrow('the trainer is closed');
});

function never(): never {
  throw new Error('no spec');
}
