import { describe, expect, it } from 'vitest';
import { laidTable } from '../../../test/support/laid-table.js';
import { resolveClassWeights } from '../class-weights.js';
import { DivergedError } from '../errors.js';
import type { LabelledRows } from '../learner.js';
import { newLinearState, sidesOf } from '../linear/linear-model.js';
import { sgdPass } from '../linear/sgd-pass.js';
import { sgdRuleOf } from '../linear/sgd-rule.js';
import { visitOrders } from '../linear/visit-order.js';
import { mlpEpoch } from '../mlp/epoch.js';
import { newNetwork } from '../mlp/network.js';
import { score } from '../predict.js';
import { RandomState } from '../random-state.js';
import { createTrainer } from '../trainer.js';
import type { EpochScores, EstimatorSpec, EstimatorState, LinearState, MlpState } from '../types.js';
import { bytesInMemory, planBlocks } from './block-plan.js';
import { type BlockTrainerOptions, createBlockTrainer } from './block-trainer.js';

const sgd = {
  learning_rate: 0.01,
  learning_rate_schedule: 'invscaling' as const,
  power_t: 0.5,
  penalty: 'l2' as const,
  alpha: 0.001,
  l1_ratio: 0.15,
  class_weight: 'balanced' as const,
  random_state: 1,
};
const mlp = {
  learning_rate: 0.01,
  batch_size: 8,
  hidden_layer_sizes: [6, 3],
  activation: 'relu' as const,
  solver: 'sgd' as const,
  momentum: 0.9,
  alpha: 0.0001,
  random_state: 1,
};
const specs: EstimatorSpec[] = [
  { model: 'LR', params: { ...sgd, learning_rate_schedule: 'optimal' } },
  { model: 'LR', params: { ...sgd, alpha: 50, learning_rate_schedule: 'constant' } },
  { model: 'LR', params: { ...sgd, penalty: 'l1' } },
  { model: 'SVM', params: { ...sgd, penalty: 'elasticnet' } },
  { model: 'PER', params: { ...sgd, penalty: 'none', class_weight: { a: 3 } } },
  { model: 'PA', params: { C: 1, loss: 'hinge', class_weight: null, random_state: 1 } },
  { model: 'PA', params: { C: 1, loss: 'squared_hinge', class_weight: null, random_state: 4_294_967_295 } },
  { model: 'MLP', params: mlp },
  { model: 'MLP', params: { ...mlp, solver: 'adam', activation: 'tanh', batch_size: 3 } },
];
const labels = ['a', 'b', 'c', 'd', 'e', 'f'];

interface Parts {
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
}

function partsOf(rows: number, classes: number, columns = 4, size = 1): Parts {
  const random = new RandomState(rows);
  const part = (count: number): LabelledRows => {
    const data = Float64Array.from({ length: count * columns }, () => size * random.uniform(-1, 1));
    const y = Int32Array.from({ length: count }, (_, i) => {
      const sum = ((data[columns * i] ?? 0) + (data[columns * i + 1] ?? 0)) / size;
      return Math.min(classes - 1, Math.max(0, Math.floor(((sum + 1) / 2) * classes)));
    });
    return { x: { data, rows: count, columns }, y };
  };
  return { train: part(rows), validation: part(Math.ceil(rows / 4)) };
}

/** One epoch in memory by the loops that agree with scikit-learn, all one-vs-rest problems in the first one's order. */
function naiveEpoch(spec: EstimatorSpec, { x, y }: LabelledRows, classes: number, state: EstimatorState) {
  if (spec.model === 'MLP' && state.kind === 'mlp') {
    return mlpEpoch(spec.params, classes, x, y, state) satisfies MlpState;
  }
  if (spec.model === 'MLP' || state.kind === 'mlp') throw new Error('no such model');
  const weights = resolveClassWeights(spec.params.class_weight, labels.slice(0, classes), y);
  const [order = new Int32Array(0)] = visitOrders(spec.params.random_state, classes, x.rows);
  const coef = { ...state.coef, data: state.coef.data.slice() };
  const intercept = state.intercept.map((b, k) => {
    const problem = { x, y, order, ...sidesOf(k, classes, weights) };
    return sgdPass(sgdRuleOf(spec), problem, coef.data.subarray(k * 4, (k + 1) * 4), b, state.t);
  });
  return { kind: 'linear', coef, intercept, t: state.t + x.rows } satisfies LinearState;
}

function expectClose(actual: EpochScores | undefined, expected: EpochScores): void {
  for (const part of ['train', 'validation'] as const) {
    expect(actual?.[part].accuracy).toBe(expected[part].accuracy);
    expect(actual?.[part].loss).toBeCloseTo(expected[part].loss, 11);
  }
}

const optionsFor = (
  spec: EstimatorSpec,
  { train, validation }: Parts,
  classes: number,
  blockRows: number,
): BlockTrainerOptions & { source: ReturnType<typeof laidTable> } => ({
  spec,
  classes: labels.slice(0, classes),
  source: laidTable(train, validation, classes),
  plan: { blockRows },
});

/** Blocks of a row, a few, many and all; a network's have whole batches. */
const blockSizes = (spec: EstimatorSpec): number[] =>
  [1, 3, 11, 500].map((size) => size * (spec.model === 'MLP' ? spec.params.batch_size : 1));

describe('training by blocks', () => {
  for (const spec of specs) {
    for (const classes of [2, 3, 6]) {
      it(`gives the bits of training in memory, by kernels and plain, on blocks of any size: ${spec.model} of ${classes} classes`, async () => {
        const parts = partsOf(137, classes);
        for (const kernels of ['plain', 'auto'] as const) {
          for (const blockRows of blockSizes(spec)) {
            const trainer = createBlockTrainer({ ...optionsFor(spec, parts, classes, blockRows), kernels, epochs: 3 });
            let state: EstimatorState =
              spec.model === 'MLP'
                ? newNetwork(spec.params, 4, classes, new RandomState(spec.params.random_state))
                : newLinearState(classes, 4);
            for (let epoch = 1; epoch <= 3; epoch += 1) {
              const scores = await trainer.epoch();
              state = naiveEpoch(spec, parts.train, classes, state);
              const bits = kernels === 'plain' || spec.model !== 'MLP' || spec.params.activation !== 'tanh';
              expectSameState(trainer.fitted().state, state, bits);
              expectClose(scores, {
                train: score(spec, state, parts.train.x, parts.train.y),
                validation: score(spec, state, parts.validation.x, parts.validation.y),
              });
            }
          }
        }
      });
    }
    it(`goes on from any epoch to the same bytes and scores: ${spec.model}`, async () => {
      const [, , blockRows = 0] = blockSizes(spec);
      const options = () => ({ ...optionsFor(spec, partsOf(90, 3), 3, blockRows), epochs: 5 });
      const undisturbed = createBlockTrainer(options());
      const scores: EpochScores[] = [];
      for (let i = 0; i < 5; i += 1) scores.push(await undisturbed.epoch());
      for (let stop = 1; stop < 5; stop += 1) {
        const first = createBlockTrainer(options());
        for (let i = 0; i < stop; i += 1) await first.epoch();
        const resume = structuredClone(first.fitted().state);
        const second = createBlockTrainer({ ...options(), epochs: 5 - stop, resume });
        const rest: EpochScores[] = [];
        for (let i = stop; i < 5; i += 1) rest.push(await second.epoch());
        expect(rest).toEqual(scores.slice(stop));
        expect(second.fitted()).toEqual(undisturbed.fitted());
      }
    });
  }

  it.each(specs)(
    'changes no bit of $model with two classes, nor of its scores, where a plan has room',
    async (spec) => {
      for (const [columns, memoryBytes] of [
        [4, 600_000],
        [41, 4_500_000],
      ] as const) {
        const { train, validation } = partsOf(9001, 2, columns);
        const plan = planBlocks({ spec, classes: 2, rows: 9001 + 2251, columns }, memoryBytes);
        if ('neededBytes' in plan) throw new Error('too small');
        expect(plan.blockRows).toBeLessThan(9001);
        const classes = labels.slice(0, 2);
        const inMemory = createTrainer({ spec, classes, train, validation });
        const byBlocks = createBlockTrainer({
          ...optionsFor(spec, { train, validation }, 2, plan.blockRows),
          epochs: 3,
        });
        for (let epoch = 0; epoch < 3; epoch += 1) {
          expect(await byBlocks.epoch()).toEqual(inMemory.epoch());
          expectSameState(byBlocks.fitted().state, inMemory.fitted().state);
        }
      }
    },
  );

  it('reads two classes in pieces of a core’s cache, and those that stay in memory once', async () => {
    const { source, ...options } = optionsFor(specs[0] as EstimatorSpec, partsOf(20_001, 2, 41), 2, 4096);
    const pieces: number[] = [];
    const readNow: typeof source.readNow = (from, count, x, y) => {
      pieces.push(count);
      source.readNow(from, count, x, y);
    };
    const trainer = createBlockTrainer({ ...options, source: { ...source, readNow }, epochs: 1 });
    await trainer.epoch();
    expect(Math.max(...pieces)).toBe(512);
    // What the plan's three blocks take, but for two pieces and what is kept of a stretch.
    const kept = 20_001 * 2 + 5001 - source.rowsRead;
    expect(kept % 512).toBe(0);
    expect(kept).toBeGreaterThan(2 * 4096);
    expect(kept).toBeLessThan(3 * 4096);
    await trainer.confusion();
    expect(source.rowsRead).toBe(20_001 * 2 + 5001 * 2 - kept);
    expect(await fault(createBlockTrainer({ ...options, source: { ...source, readNow: failing } }))).toBe('disk');
  });

  it('keeps as many training rows in memory as the budget has room for, and changes no bit by it', async () => {
    const options = optionsFor(specs[0] as EstimatorSpec, partsOf(20_001, 2, 41), 2, 4096);
    const run = async (memoryBytes: number) => {
      options.source.rowsRead = 0;
      const trainer = createBlockTrainer({ ...options, memoryBytes, epochs: 3 });
      const scores = [await trainer.epoch(), await trainer.epoch(), await trainer.epoch()];
      return { scores, fitted: trainer.fitted(), rowsRead: options.source.rowsRead };
    };
    const rowBytes = 41 * 8 + 4;
    const [least, some, all] = [await run(0), await run(15_000 * rowBytes), await run(30_000 * rowBytes)];
    expect(some.rowsRead).toBeLessThan(least.rowsRead - 3 * 2000);
    expect(some.rowsRead).toBeGreaterThan(20_001 + 3 * (5001 + 5001));
    expect(all.rowsRead).toBe(20_001 + 3 * 5001);
    for (const { scores, fitted } of [some, all]) expect([scores, fitted]).toEqual([least.scores, least.fitted]);
  });

  it('reads the training rows once an epoch and once more, the validation rows once an epoch', async () => {
    const options = optionsFor(specs[0] as EstimatorSpec, partsOf(90, 2), 2, 7);
    const trainer = createBlockTrainer({ ...options, epochs: 4 });
    for (let i = 0; i < 4; i += 1) await trainer.epoch();
    expect(options.source.rowsRead).toBe(90 * 5 + 23 * 4);
    await trainer.confusion();
    expect(options.source.rowsRead).toBe(90 * 5 + 23 * 5);
  });

  it('stops in the epoch that diverges and keeps the last finite state', async () => {
    const wild: EstimatorSpec[] = [
      { model: 'SVM', params: { ...sgd, learning_rate: 1e120, penalty: 'none' } },
      { model: 'MLP', params: { ...mlp, learning_rate: 1e200 } },
    ];
    for (const spec of wild) {
      const trainer = createBlockTrainer(optionsFor(spec, partsOf(60, 2, 4, 1e200), 2, 16));
      const before = structuredClone(trainer.fitted().state);
      await expect(trainer.epoch()).rejects.toThrow(new DivergedError(1));
      expect(trainer.fitted().state).toEqual(before);
    }
  });

  it('stops in the first epoch of a matrix of NaN, by kernels and plain, as training in memory does', async () => {
    const parts = partsOf(60, 3);
    parts.train.x.data.fill(Number.NaN);
    for (const spec of specs) {
      for (const kernels of ['plain', 'auto'] as const) {
        const trainer = createBlockTrainer({ ...optionsFor(spec, parts, 3, 24), kernels });
        await expect(trainer.epoch()).rejects.toThrow(new DivergedError(1));
        const inMemory = createTrainer({ spec, classes: labels.slice(0, 3), ...parts, kernels });
        const before = structuredClone(inMemory.fitted().state);
        expect(() => inMemory.epoch()).toThrow(new DivergedError(1));
        expect(inMemory.fitted().state).toEqual(before);
      }
    }
  });

  it('ends with the fault of a read, whichever block it meets, once nothing is being read any more', async () => {
    for (let failing = 1; failing <= 6; failing += 1) {
      let calls = 0;
      let running = 0;
      const options = optionsFor(specs[0] as EstimatorSpec, partsOf(90, 2), 2, 18);
      const { source } = options;
      const trainer = createBlockTrainer({
        ...options,
        source: {
          ...source,
          async read(...args) {
            calls += 1;
            running += 1;
            try {
              if (calls === failing) throw new Error('disk');
              await source.read(...args);
            } finally {
              running -= 1;
            }
          },
        },
      });
      await expect(trainer.epoch()).rejects.toThrow('disk');
      expect(running).toBe(0);
    }
  });
});

const failing = (): never => {
  throw new Error('disk');
};
const fault = (trainer: { epoch(): Promise<unknown> }): Promise<unknown> =>
  trainer.epoch().catch((thrown: Error) => thrown.message);

/** Bit by bit; but tanh and the sums of a network's losses have last bits of their own in the kernels. */
function expectSameState(actual: EstimatorState, expected: EstimatorState, bits = true): void {
  if (actual.kind !== 'mlp' || expected.kind !== 'mlp') {
    expect(actual).toEqual(expected);
    return;
  }
  const numbers = ({ weights, biases, optimiser }: MlpState): number[] =>
    [...weights.map(({ data }) => data), ...biases, ...optimiser.velocities, ...optimiser.secondMoments].flatMap(
      (values) => [...values],
    );
  const close = (a: number[], b: readonly number[]): void => {
    expect(a).toHaveLength(b.length);
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i] ?? Number.NaN, 10);
    });
  };
  if (bits) expect(numbers(actual)).toEqual(numbers(expected));
  else close(numbers(actual), numbers(expected));
  close([...actual.lossCurve], expected.lossCurve);
  expect([actual.t, actual.optimiser.steps]).toEqual([expected.t, expected.optimiser.steps]);
}

describe('a plan of blocks', () => {
  const shapes = [
    { spec: specs[0] as EstimatorSpec, classes: 2, rows: 1_000_000, columns: 30 },
    { spec: specs[0] as EstimatorSpec, classes: 10, rows: 10_000, columns: 500 },
    { spec: specs.at(-2) as EstimatorSpec, classes: 3, rows: 50_000, columns: 7 },
  ];
  it('takes no more memory than there is: the blocks, the places of all rows, and what stays', () => {
    for (const shape of shapes) {
      for (const memoryBytes of [100_000, 1 << 20, 30 << 20, 1 << 30]) {
        const plan = planBlocks(shape, memoryBytes);
        if ('neededBytes' in plan) {
          expect(plan.neededBytes).toBeGreaterThan(memoryBytes);
          continue;
        }
        const batch = 'batch_size' in shape.spec.params ? shape.spec.params.batch_size : 1;
        expect(plan.blockRows).toBeGreaterThan(0);
        expect(plan.blockRows % batch).toBe(0);
        expect(2 * plan.blockRows * (shape.columns * 8 + 4) + 2 * shape.rows).toBeLessThan(memoryBytes);
        expect(16 * shape.rows).toBeLessThan(memoryBytes);
      }
    }
  });
  it('says how much the smallest block needs where there is less', () => {
    for (const shape of shapes) {
      const plan = planBlocks(shape, 1000);
      if (!('neededBytes' in plan)) throw new Error('a plan within 1000 bytes');
      expect(plan.neededBytes).toBeGreaterThan(1000);
      expect(planBlocks(shape, plan.neededBytes - 1)).toEqual(plan);
      expect(planBlocks(shape, plan.neededBytes)).toHaveProperty('blockRows');
    }
  });
  it('counts the copies that the kernels keep of a table in memory', () => {
    const matrix = 1_000_000 * 30 * 8;
    expect(bytesInMemory(shapes[0] as (typeof shapes)[0])).toBeGreaterThan(matrix);
    expect(bytesInMemory(shapes[0] as (typeof shapes)[0])).toBeLessThan(2 * matrix);
    const one = { ...(shapes[1] as (typeof shapes)[0]), rows: 1000 };
    expect(bytesInMemory(one)).toBeGreaterThan(11 * 1000 * 500 * 8);
  });
});
