import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateKernels } from '../../../scripts/build-kernels.js';
import { linearBlockKernel } from '../blocks/linear-block-kernel.js';
import { exactExp } from '../exact-exp.js';
import { newLinearState } from '../linear/linear-model.js';
import { RandomState } from '../random-state.js';
import { createTrainer } from '../trainer.js';
import type { EpochScores, EstimatorSpec, EstimatorState } from '../types.js';
import { KernelModule } from './kernel-module.js';
import { linearKernel } from './linear-kernel.js';
import { networkKernel } from './network-kernel.js';

/** Random rows whose classes follow from them with some noise; some values, and now and then a row, exactly 0. */
function randomPart(random: RandomState, rows: number, columns: number, classes: number, size: number) {
  const data = Float64Array.from({ length: rows * columns }, () =>
    random.double() < 0.1 ? 0 : size * random.uniform(-1, 1),
  );
  const y = Int32Array.from({ length: rows }, (_, i) => {
    if (random.double() < 0.05) data.fill(0, i * columns, (i + 1) * columns);
    return random.double() < 0.3
      ? random.interval(classes - 1)
      : Math.min(classes - 1, Math.floor((((data[i * columns] ?? 0) / size + 1) / 2) * classes));
  });
  return { x: { data, rows, columns }, y };
}

interface Run {
  state: EstimatorState;
  epochs: EpochScores[];
}

const shape = fc.record({
  rows: fc.integer({ min: 1, max: 70 }),
  columns: fc.integer({ min: 1, max: 11 }),
  classes: fc.integer({ min: 2, max: 9 }),
  seed: fc.nat(),
  size: fc.constantFrom(0.01, 1, 30),
  epochs: fc.integer({ min: 1, max: 4 }),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function run(
  spec: EstimatorSpec,
  { rows, columns, classes, seed, size, epochs }: Shape,
  kernels: 'auto' | 'plain',
): Run {
  const random = new RandomState(seed);
  const train = randomPart(random, rows, columns, classes, size);
  const validation = randomPart(random, Math.ceil(rows / 3), columns, classes, size);
  const labels = Array.from({ length: classes }, (_, k) => k);
  const trainer = createTrainer({ spec, classes: labels, train, validation, kernels });
  const scores = Array.from({ length: epochs }, () => trainer.epoch());
  return { state: trainer.fitted().state, epochs: scores };
}

function expectSameScores(fast: Run, plain: Run): void {
  fast.epochs.forEach((epoch, i) => {
    for (const part of ['train', 'validation'] as const) {
      const expected = plain.epochs[i]?.[part];
      expect(epoch[part].accuracy).toBe(expected?.accuracy);
      expect(Math.abs(epoch[part].loss - (expected?.loss ?? Number.NaN))).toBeLessThanOrEqual(
        1e-12 * Math.max(1, expected?.loss ?? 0),
      );
    }
  });
}

const sgd = fc.record({
  learning_rate: fc.constantFrom(0.001, 0.1, 2),
  learning_rate_schedule: fc.constantFrom('constant' as const, 'optimal' as const, 'invscaling' as const),
  power_t: fc.constantFrom(0.5, 0.3),
  penalty: fc.constantFrom('l2' as const, 'l1' as const, 'elasticnet' as const, 'none' as const),
  alpha: fc.constantFrom(0.0001, 0.01, 0.3),
  l1_ratio: fc.constantFrom(0, 0.15, 0.9, 1),
  class_weight: fc.constantFrom(null, 'balanced' as const),
  random_state: fc.nat(),
});
const passiveAggressive = fc.record({
  C: fc.constantFrom(0.01, 1),
  loss: fc.constantFrom('hinge' as const, 'squared_hinge' as const),
  class_weight: fc.constantFrom(null, { '0': 2, '1': 0.5 }),
  random_state: fc.nat(),
});
const mlp = fc.record({
  learning_rate: fc.constantFrom(0.001, 0.01),
  batch_size: fc.integer({ min: 1, max: 80 }),
  hidden_layer_sizes: fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 3 }),
  activation: fc.constantFrom('relu' as const, 'tanh' as const, 'logistic' as const),
  solver: fc.constantFrom('sgd' as const, 'adam' as const),
  momentum: fc.constantFrom(0, 0.9),
  alpha: fc.constantFrom(0, 0.0001, 0.1),
  random_state: fc.nat(),
});

describe('kernels beside the plain loops', () => {
  it('linear models: the same weights to the last bit, the same accuracies, losses within 1e-12', () => {
    const spec: fc.Arbitrary<EstimatorSpec> = fc.oneof(
      sgd.map((params) => ({ model: 'LR' as const, params })),
      sgd.map((params) => ({ model: 'SVM' as const, params })),
      sgd.map((params) => ({ model: 'PER' as const, params })),
      passiveAggressive.map((params) => ({ model: 'PA' as const, params })),
    );
    fc.assert(
      fc.property(spec, shape, (asked, on) => {
        const fast = run(asked, on, 'auto');
        const plain = run(asked, on, 'plain');
        expect(fast.state).toEqual(plain.state);
        expectSameScores(fast, plain);
      }),
      { numRuns: 300 },
    );
  });

  it('linear models of many classes: with copies of the rows or without, the same weights', () => {
    fc.assert(
      fc.property(sgd, shape, (params, { rows, columns, classes, seed, size }) => {
        const spec = { model: 'LR' as const, params };
        const train = randomPart(new RandomState(seed), rows, columns, classes, size);
        const options = { classes, train, validation: train, classWeights: null };
        const copied = linearKernel(spec, options);
        const inPlace = linearKernel(spec, options, 0);
        let a = newLinearState(classes, columns);
        let b = a;
        for (let epoch = 0; epoch < 2; epoch += 1) {
          const [fromCopies, fromRows] = [copied?.scoreAndNext?.(a), inPlace?.scoreAndNext?.(b)];
          expect(fromRows).toEqual(fromCopies);
          a = fromCopies?.next ?? a;
          b = fromRows?.next ?? b;
        }
        expect(a.t).toBe(1 + 2 * rows);
      }),
    );
  });

  it('networks: the same weights to the last bit, but for tanh within 1e-9', () => {
    fc.assert(
      fc.property(mlp, shape, (params, on) => {
        const spec: EstimatorSpec = { model: 'MLP', params };
        const fast = run(spec, on, 'auto');
        const plain = run(spec, on, 'plain');
        if (fast.state.kind !== 'mlp' || plain.state.kind !== 'mlp') throw new Error('not networks');
        if (params.activation === 'tanh') {
          const weights = fast.state.weights.flatMap((w) => [...w.data]);
          const expected = plain.state.weights.flatMap((w) => [...w.data]);
          weights.forEach((w, i) => {
            expect(Math.abs(w - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-9);
          });
        } else {
          expect({ ...fast.state, lossCurve: [] }).toEqual({ ...plain.state, lossCurve: [] });
        }
        fast.state.lossCurve.forEach((loss, i) => {
          expect(loss).toBeCloseTo(plain.state.kind === 'mlp' ? (plain.state.lossCurve[i] ?? Number.NaN) : 0, 9);
        });
        expectSameScores(fast, plain);
      }),
      { numRuns: 200 },
    );
  });

  it('exp is the same function on both sides, bit by bit', () => {
    const kernels = KernelModule.open(0);
    if (!kernels) throw new Error('no WebAssembly with SIMD');
    const random = new RandomState(4);
    for (let i = 0; i < 20_000; i += 1) {
      const x = random.uniform(-60, 60) * (i % 5 === 0 ? 8 : 1);
      expect(kernels.run.exp(x)).toBe(exactExp(x));
    }
  });

  it('one epoch ahead or not, the scores are the same: telling the number of epochs changes nothing', () => {
    const random = new RandomState(9);
    const train = randomPart(random, 50, 4, 3, 1);
    const spec: EstimatorSpec = {
      model: 'LR',
      params: fc.sample(sgd, { numRuns: 1, seed: 1 })[0] ?? neverParams(),
    };
    const scores = (epochs?: number): EpochScores[] => {
      const trainer = createTrainer({ spec, classes: [0, 1, 2], train, validation: train, epochs });
      return Array.from({ length: 4 }, () => trainer.epoch());
    };
    expect(scores(4)).toEqual(scores());
    expect(scores(2)).toEqual(scores());
  });
});

function neverParams(): never {
  throw new Error('no sample');
}

describe('the fast path', () => {
  const part = randomPart(new RandomState(1), 20, 3, 2, 1);
  const options = { classes: 2, train: part, validation: part, classWeights: null };
  const blocks = { ...options, columns: 3, trainRows: 20, validationRows: 20, blockRows: 10, roomBytes: 0 };
  const [params] = fc.sample(sgd, { numRuns: 1, seed: 2 });
  const [network] = fc.sample(mlp, { numRuns: 1, seed: 2 });
  if (!params || !network) throw new Error('no sample');

  it('is taken where it can be: no comparison above runs one path twice', () => {
    for (const penalty of ['l2', 'l1', 'elasticnet', 'none'] as const) {
      expect(linearKernel({ model: 'SVM', params: { ...params, penalty } }, options)).not.toBeNull();
      expect(linearBlockKernel({ model: 'SVM', params: { ...params, penalty } }, blocks, undefined, {})).not.toBeNull();
    }
    expect(networkKernel(network, options)).not.toBeNull();
  });

  it('leaves rows beyond its memory to the plain loops', () => {
    expect(KernelModule.open(5 * 1024 ** 3)).toBeNull();
  });
});

it('the committed module is what its source compiles to', async () => {
  const committed = readFileSync(fileURLToPath(new URL('./generated/kernels.ts', import.meta.url)), 'utf8');
  expect(await generateKernels()).toBe(committed);
}, 60_000);
