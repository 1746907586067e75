import { describe, expect, it } from 'vitest';
import { DivergedError } from './errors.js';
import type { LabelledRows } from './learner.js';
import { predict, predictProba } from './predict.js';
import { RandomState } from './random-state.js';
import { createTrainer } from './trainer.js';
import type { EstimatorSpec, EstimatorState, FittedEstimator } from './types.js';

const sgd = {
  learning_rate: 0.01,
  learning_rate_schedule: 'invscaling' as const,
  power_t: 0.5,
  penalty: 'elasticnet' as const,
  alpha: 0.001,
  l1_ratio: 0.15,
  class_weight: 'balanced' as const,
  random_state: 1,
};
const mlp = {
  learning_rate: 0.01,
  batch_size: 32,
  hidden_layer_sizes: [6, 3],
  activation: 'relu' as const,
  solver: 'sgd' as const,
  momentum: 0.9,
  alpha: 0.0001,
  random_state: 1,
};
const specs: EstimatorSpec[] = [
  { model: 'LR', params: { ...sgd, learning_rate_schedule: 'optimal' } },
  { model: 'SVM', params: sgd },
  { model: 'PER', params: sgd },
  { model: 'PA', params: { C: 1, loss: 'squared_hinge', class_weight: null, random_state: 1 } },
  { model: 'MLP', params: mlp },
  { model: 'MLP', params: { ...mlp, solver: 'adam', activation: 'tanh' } },
];

function rows(count: number, classes: number, seed: number, size = 1): LabelledRows {
  const random = new RandomState(seed);
  const data = Float64Array.from({ length: count * 4 }, () => size * random.uniform(-1, 1));
  const y = Int32Array.from({ length: count }, (_, i) => {
    const sum = (data[4 * i] ?? 0) + (data[4 * i + 1] ?? 0);
    return Math.min(classes - 1, Math.max(0, Math.floor(((sum / size + 1) / 2) * classes)));
  });
  return { x: { data, rows: count, columns: 4 }, y };
}

/** A state after a journey through a file: as numbers, and back. */
function stored(state: EstimatorState): EstimatorState {
  return structuredClone(state);
}

describe('a trainer', () => {
  for (const spec of specs) {
    for (const classes of [2, 3]) {
      const labels = ['a', 'b', 'c'].slice(0, classes);
      const options = { spec, classes: labels, train: rows(90, classes, 5), validation: rows(30, classes, 6) };
      const name = `${spec.model} of ${classes} classes`;

      it(`${name}: resumed after any epoch, it ends with the same bytes and scores as undisturbed`, () => {
        const undisturbed = createTrainer(options);
        const scores = Array.from({ length: 6 }, () => undisturbed.epoch());
        for (let stop = 0; stop < 6; stop += 1) {
          const first = createTrainer(options);
          for (let i = 0; i < stop; i += 1) first.epoch();
          const second = createTrainer({ ...options, resume: stored(first.fitted().state) });
          expect(Array.from({ length: 6 - stop }, () => second.epoch())).toEqual(scores.slice(stop));
          expect(second.fitted()).toEqual(undisturbed.fitted());
        }
      });

      it(`${name}: an estimator handed out is not changed by later epochs`, () => {
        const trainer = createTrainer(options);
        trainer.epoch();
        const fitted = trainer.fitted();
        const before = stored(fitted.state);
        trainer.epoch();
        expect(fitted.state).toEqual(before);
      });
    }
  }

  it('stops in the epoch that diverges and keeps the last finite state', () => {
    const train = rows(60, 2, 5, 1e200);
    const linear: EstimatorSpec = { model: 'SVM', params: { ...sgd, learning_rate: 1e120, penalty: 'none' } };
    const network: EstimatorSpec = { model: 'MLP', params: { ...mlp, learning_rate: 1e200 } };
    for (const spec of [linear, network]) {
      const trainer = createTrainer({ spec, classes: [0, 1], train, validation: train });
      const before = stored(trainer.fitted().state);
      expect(() => trainer.epoch()).toThrow(new DivergedError(1));
      expect(trainer.fitted().state).toEqual(before);
    }
  });

  it('names the epoch of the whole run when a resumed one diverges', () => {
    const train = rows(60, 2, 5);
    const spec: EstimatorSpec = { model: 'SVM', params: { ...sgd, learning_rate: 0.1, penalty: 'none' } };
    const first = createTrainer({ spec, classes: [0, 1], train, validation: train });
    first.epoch();
    first.epoch();
    const wild: EstimatorSpec = { model: 'SVM', params: { ...spec.params, learning_rate: Number.MAX_VALUE } };
    const resume = first.fitted().state;
    const second = createTrainer({
      spec: wild,
      classes: [0, 1],
      train: rows(60, 2, 5, 1e10),
      validation: train,
      resume,
    });
    expect(() => second.epoch()).toThrow(new DivergedError(3));
  });

  it('refuses what cannot be trained: optimal with alpha 0, and a state of another kind', () => {
    const train = rows(20, 2, 1);
    const both = { classes: [0, 1], train, validation: train };
    const optimal: EstimatorSpec = { model: 'LR', params: { ...sgd, alpha: 0, learning_rate_schedule: 'optimal' } };
    expect(() => createTrainer({ ...both, spec: optimal })).toThrow(RangeError);
    const [, linear, , , network] = specs;
    if (!linear || !network) throw new Error('no specs');
    const resume = createTrainer({ ...both, spec: network }).fitted().state;
    expect(() => createTrainer({ ...both, spec: linear, resume })).toThrow(RangeError);
  });
});

describe('a network of one hidden unit, worked by hand', () => {
  const fitted: FittedEstimator = {
    spec: { model: 'MLP', params: { ...mlp, hidden_layer_sizes: [1] } },
    classes: ['no', 'yes'],
    features: 2,
    classWeights: null,
    state: {
      kind: 'mlp',
      weights: [
        { data: Float64Array.of(1, -1), rows: 2, columns: 1 },
        { data: Float64Array.of(2), rows: 1, columns: 1 },
      ],
      biases: [Float64Array.of(0.5), Float64Array.of(-1)],
      optimiser: { velocities: [], secondMoments: [], steps: 0 },
      t: 0,
      lossCurve: [],
    },
  };

  it('answers sigmoid(2 relu(x0 - x1 + 0.5) - 1)', () => {
    const x = { data: Float64Array.of(0, 0, 0, 2), rows: 2, columns: 2 };
    const no = 1 / (1 + Math.exp(1));
    expect([...(predictProba(fitted, x)?.data ?? [])]).toEqual([0.5, 0.5, 1 - no, no]);
    expect([...predict(fitted, x)]).toEqual([0, 0]);
  });
});
