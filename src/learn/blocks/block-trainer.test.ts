import { describe, expect, it } from 'vitest';
import { resolveClassWeights } from '../class-weights.js';
import { DivergedError } from '../errors.js';
import type { LabelledRows } from '../learner.js';
import { newLinearState, sidesOf } from '../linear/linear-model.js';
import { sgdPass } from '../linear/sgd-pass.js';
import { sgdRuleOf } from '../linear/sgd-rule.js';
import { copyOf, finishEpoch, visitBatches } from '../mlp/epoch.js';
import { newNetwork } from '../mlp/network.js';
import { score } from '../predict.js';
import { RandomState } from '../random-state.js';
import type { EpochScores, EstimatorSpec, EstimatorState, LinearState, MlpState } from '../types.js';
import { type BlockPlan, bytesInMemory, planBlocks } from './block-plan.js';
import { type BlockTrainerOptions, createBlockTrainer } from './block-trainer.js';
import { type PagedRows, trainingMarks } from './paged-rows.js';

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
  { model: 'SVM', params: { ...sgd, penalty: 'elasticnet' } },
  { model: 'PER', params: { ...sgd, penalty: 'none', class_weight: { a: 3 } } },
  { model: 'PA', params: { C: 1, loss: 'hinge', class_weight: null, random_state: 1 } },
  { model: 'PA', params: { C: 1, loss: 'squared_hinge', class_weight: null, random_state: 4_294_967_295 } },
  { model: 'MLP', params: mlp },
  { model: 'MLP', params: { ...mlp, solver: 'adam', activation: 'tanh', batch_size: 3 } },
];
const labels = ['a', 'b', 'c', 'd', 'e', 'f'];

interface Whole extends LabelledRows {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

function wholeTable(rows: number, classes: number, columns = 4, size = 1): Whole {
  const random = new RandomState(rows);
  const data = Float64Array.from({ length: rows * columns }, () => size * random.uniform(-1, 1));
  const y = Int32Array.from({ length: rows }, (_, i) => {
    const sum = ((data[columns * i] ?? 0) + (data[columns * i + 1] ?? 0)) / size;
    return Math.min(classes - 1, Math.max(0, Math.floor(((sum + 1) / 2) * classes)));
  });
  const order = random.permutation(rows);
  const train = order.slice(Math.ceil(rows / 5));
  return { x: { data, rows, columns }, y, train, validation: order.slice(0, Math.ceil(rows / 5)).sort() };
}

/** The table as something that is read page by page; `reads` counts the pages. */
function paged({ x, y, train }: Whole, classes: number): PagedRows & { reads: number } {
  const trainingCounts = new Int32Array(classes);
  for (const row of train) trainingCounts[y[row] ?? 0] = (trainingCounts[y[row] ?? 0] ?? 0) + 1;
  return {
    rows: x.rows,
    columns: x.columns,
    training: trainingMarks(x.rows, train),
    trainingCounts,
    reads: 0,
    async read(pages, pageRows, outX, outY) {
      await this.pause();
      let place = 0;
      for (const page of pages) {
        this.reads += 1;
        const end = Math.min(x.rows, (page + 1) * pageRows);
        outX.set(x.data.subarray(page * pageRows * x.columns, end * x.columns), place * x.columns);
        outY.set(y.subarray(page * pageRows, end), place);
        place += end - page * pageRows;
      }
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/**
 * The order of an epoch as docs/decisions/0004-block-shuffle.md tells it, made once more: lists of row numbers, one a
 * block.
 */
function documentedOrder(whole: Whole, plan: BlockPlan, randomState: number, epoch: number): Int32Array[] {
  const mix = (value: number): number => {
    let h = BigInt.asUintN(32, BigInt(value));
    h = BigInt.asUintN(32, (h ^ (h >> 16n)) * 0x85ebca6bn);
    h = BigInt.asUintN(32, (h ^ (h >> 13n)) * 0xc2b2ae35n);
    return Number(h ^ (h >> 16n));
  };
  let state = mix(Number(BigInt(randomState) ^ BigInt(mix(epoch)))) || 1;
  const shuffle = <Values extends number[]>(values: Values): Values => {
    for (let i = 0; i < values.length - 1; i += 1) {
      state = Number(BigInt.asUintN(32, BigInt(state) ^ (BigInt(state) << 13n)));
      state = Number(BigInt(state) ^ (BigInt(state) >> 17n));
      state = Number(BigInt.asUintN(32, BigInt(state) ^ (BigInt(state) << 5n)));
      const j = i + Math.floor(((values.length - i) * state) / 2 ** 32);
      [values[i], values[j]] = [values[j] ?? 0, values[i] ?? 0];
    }
    return values;
  };
  const { rows } = whole.x;
  const training = new Set(whole.train);
  const pages = shuffle(Array.from({ length: Math.ceil(rows / plan.pageRows) }, (_, page) => page));
  const blocks: Int32Array[] = [];
  for (let first = 0; first < pages.length; first += plan.blockPages) {
    const members = pages
      .slice(first, first + plan.blockPages)
      .flatMap((page) => Array.from({ length: plan.pageRows }, (_, i) => page * plan.pageRows + i))
      .filter((row) => row < rows && training.has(row));
    blocks.push(Int32Array.from(shuffle(members)));
  }
  return blocks;
}

/** One epoch over rows in memory in an order made of blocks, by the loops that train in memory. */
function naiveEpoch(spec: EstimatorSpec, whole: Whole, classes: number, blocks: Int32Array[], state: EstimatorState) {
  const { x, y, train } = whole;
  if (spec.model === 'MLP' && state.kind === 'mlp') {
    const pass = { state: copyOf(state), steps: state.optimiser.steps, loss: 0 };
    for (const order of blocks) visitBatches(spec.params, x, y, order, pass);
    return finishEpoch(pass, train.length) satisfies MlpState;
  }
  if (spec.model === 'MLP' || state.kind === 'mlp') throw new Error('no such model');
  const order = Int32Array.from(blocks.flatMap((block) => [...block]));
  const weights = resolveClassWeights(
    spec.params.class_weight,
    labels.slice(0, classes),
    train.map((row) => y[row] ?? 0),
  );
  const coef = { ...state.coef, data: state.coef.data.slice() };
  const intercept = state.intercept.map((b, k) => {
    const problem = { x, y, order, ...sidesOf(k, classes, weights) };
    return sgdPass(sgdRuleOf(spec), problem, coef.data.subarray(k * 4, (k + 1) * 4), b, state.t);
  });
  return { kind: 'linear', coef, intercept, t: state.t + train.length } satisfies LinearState;
}

function partOf({ x, y }: Whole, rows: Int32Array): LabelledRows {
  const data = Float64Array.from(
    [...rows].flatMap((row) => [...x.data.subarray(row * x.columns, (row + 1) * x.columns)]),
  );
  return { x: { data, rows: rows.length, columns: x.columns }, y: rows.map((row) => y[row] ?? 0) };
}

function expectClose(actual: EpochScores | undefined, expected: EpochScores): void {
  for (const part of ['train', 'validation'] as const) {
    expect(actual?.[part].accuracy).toBe(expected[part].accuracy);
    expect(actual?.[part].loss).toBeCloseTo(expected[part].loss, 11);
  }
}

const optionsFor = (spec: EstimatorSpec, whole: Whole, classes: number, plan: BlockPlan): BlockTrainerOptions => ({
  spec,
  classes: labels.slice(0, classes),
  source: paged(whole, classes),
  plan,
});

const plans: BlockPlan[] = [
  { pageRows: 1, blockPages: 1, chunkRows: 1 },
  { pageRows: 3, blockPages: 4, chunkRows: 5 },
  { pageRows: 7, blockPages: 5, chunkRows: 64 },
  { pageRows: 500, blockPages: 1, chunkRows: 16 },
];

describe('training by blocks', () => {
  for (const spec of specs) {
    for (const classes of [2, 3, 6]) {
      it(`gives the bits of the documented order in memory: ${spec.model} of ${classes} classes`, async () => {
        const whole = wholeTable(137, classes);
        for (const kernels of ['plain', 'auto'] as const) {
          for (const plan of plans) {
            const trainer = createBlockTrainer({ ...optionsFor(spec, whole, classes, plan), kernels, epochs: 3 });
            let state: EstimatorState =
              spec.model === 'MLP'
                ? newNetwork(spec.params, 4, classes, new RandomState(spec.params.random_state))
                : newLinearState(classes, 4);
            for (let epoch = 1; epoch <= 3; epoch += 1) {
              const scores = await trainer.epoch();
              const blocks = documentedOrder(whole, plan, spec.params.random_state, epoch);
              state = naiveEpoch(spec, whole, classes, blocks, state);
              const bits = kernels === 'plain' || spec.model !== 'MLP' || spec.params.activation !== 'tanh';
              expectSameState(trainer.fitted().state, state, bits);
              const [train, validation] = [partOf(whole, whole.train), partOf(whole, whole.validation)];
              expectClose(scores, {
                train: score(spec, state, train.x, train.y),
                validation: score(spec, state, validation.x, validation.y),
              });
            }
          }
        }
      });
    }
    it(`goes on from any epoch to the same bytes and scores: ${spec.model}`, async () => {
      const options = optionsFor(spec, wholeTable(90, 3), 3, { pageRows: 2, blockPages: 9, chunkRows: 8 });
      const undisturbed = createBlockTrainer({ ...options, epochs: 5 });
      const scores: EpochScores[] = [];
      for (let i = 0; i < 5; i += 1) scores.push(await undisturbed.epoch());
      for (let stop = 1; stop < 5; stop += 1) {
        const first = createBlockTrainer({ ...options, epochs: 5 });
        for (let i = 0; i < stop; i += 1) await first.epoch();
        const second = createBlockTrainer({
          ...options,
          epochs: 5 - stop,
          resume: structuredClone(first.fitted().state),
        });
        const rest: EpochScores[] = [];
        for (let i = stop; i < 5; i += 1) rest.push(await second.epoch());
        expect(rest).toEqual(scores.slice(stop));
        expect(second.fitted()).toEqual(undisturbed.fitted());
      }
    });
  }

  it('reads the table once an epoch, and once more for the last scores', async () => {
    const whole = wholeTable(90, 2);
    const options = optionsFor(specs[0] as EstimatorSpec, whole, 2, { pageRows: 5, blockPages: 3, chunkRows: 8 });
    const source = paged(whole, 2);
    const trainer = createBlockTrainer({ ...options, source, epochs: 4 });
    for (let i = 0; i < 4; i += 1) await trainer.epoch();
    expect(source.reads).toBe(18 * 5);
  });

  it('stops in the epoch that diverges and keeps the last finite state', async () => {
    const wild: EstimatorSpec[] = [
      { model: 'SVM', params: { ...sgd, learning_rate: 1e120, penalty: 'none' } },
      { model: 'MLP', params: { ...mlp, learning_rate: 1e200 } },
    ];
    for (const spec of wild) {
      const options = optionsFor(spec, wholeTable(60, 2, 4, 1e200), 2, { pageRows: 4, blockPages: 4, chunkRows: 8 });
      const trainer = createBlockTrainer(options);
      const before = structuredClone(trainer.fitted().state);
      await expect(trainer.epoch()).rejects.toThrow(new DivergedError(1));
      expect(trainer.fitted().state).toEqual(before);
    }
  });

  it('ends with the fault of a read, whichever block it meets, once nothing is being read any more', async () => {
    const whole = wholeTable(90, 2);
    for (let failing = 1; failing <= 5; failing += 1) {
      const source = paged(whole, 2);
      let calls = 0;
      let running = 0;
      const options = optionsFor(specs[0] as EstimatorSpec, whole, 2, { pageRows: 9, blockPages: 2, chunkRows: 8 });
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

  it('learns a table that is sorted by class as well as training in memory does', async () => {
    const whole = wholeTable(4000, 3);
    const byClass = Int32Array.from({ length: 4000 }, (_, i) => i).sort(
      (a, b) => (whole.y[a] ?? 0) - (whole.y[b] ?? 0),
    );
    const { x, y } = partOf(whole, byClass);
    const sorted = { ...whole, x, y };
    const spec: EstimatorSpec = { model: 'LR', params: { ...sgd, class_weight: null } };
    const plan = planBlocks({ spec, classes: 3, rows: 4000, columns: 4 }, 25_000);
    if ('neededBytes' in plan) throw new Error('too small');
    const trainer = createBlockTrainer(optionsFor(spec, sorted, 3, plan));
    const shuffled = createBlockTrainer(optionsFor(spec, sorted, 3, { ...plan, pageRows: 1, blockPages: 4000 }));
    for (let i = 0; i < 4; i += 1) {
      const [a, b] = [await trainer.epoch(), await shuffled.epoch()];
      expect(Math.abs(a.validation.accuracy - b.validation.accuracy)).toBeLessThan(0.02);
    }
  });
});

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
    { spec: specs[6] as EstimatorSpec, classes: 3, rows: 50_000, columns: 7 },
  ];
  it('takes no more memory than there is: both blocks, their order, and what stays', () => {
    for (const shape of shapes) {
      for (const memoryBytes of [100_000, 1 << 20, 30 << 20, 1 << 30]) {
        const plan = planBlocks(shape, memoryBytes);
        if ('neededBytes' in plan) {
          expect(plan.neededBytes).toBeGreaterThan(memoryBytes);
          continue;
        }
        const blockRows = Math.min(shape.rows, plan.blockPages * plan.pageRows);
        expect(blockRows).toBeGreaterThan(0);
        expect(2 * blockRows * (shape.columns * 8 + 4) + 8 * blockRows).toBeLessThan(memoryBytes);
        expect(plan.pageRows * shape.columns * 8).toBeLessThanOrEqual(1 << 20);
      }
    }
  });
  it('says how much one row needs where there is less', () => {
    for (const shape of shapes) {
      const plan = planBlocks(shape, 1000);
      if (!('neededBytes' in plan)) throw new Error('a plan within 1000 bytes');
      expect(plan.neededBytes).toBeGreaterThan(1000);
      expect(planBlocks(shape, plan.neededBytes)).toMatchObject({ pageRows: 1, blockPages: 1 });
    }
  });
  it('counts the copies that the kernels keep of a table in memory', () => {
    const matrix = 1_000_000 * 30 * 8;
    expect(bytesInMemory(shapes[0] as (typeof shapes)[0])).toBeGreaterThan(2 * matrix);
    const one = { ...(shapes[1] as (typeof shapes)[0]), rows: 1000 };
    expect(bytesInMemory(one)).toBeGreaterThan(12 * 1000 * 500 * 8);
  });
});
