import { describe, expect, it } from 'vitest';
import {
  disagreements,
  type OracleAnswer,
  type OracleCase,
  oracleProgram,
  ourAnswer,
} from '../../test/support/learn-agreement.js';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import { RandomState } from './random-state.js';

const sgd = {
  learning_rate: 0.01,
  learning_rate_schedule: 'constant' as const,
  power_t: 0.5,
  penalty: 'l2' as const,
  alpha: 0.0001,
  l1_ratio: 0.15,
  class_weight: null,
  random_state: 42,
};
const perceptron = { ...sgd, learning_rate: 1, penalty: 'none' as const };
const passiveAggressive = { C: 1, loss: 'hinge' as const, class_weight: null, random_state: 42 };
const mlp = {
  learning_rate: 0.01,
  batch_size: 32,
  hidden_layer_sizes: [100],
  activation: 'relu' as const,
  solver: 'sgd' as const,
  momentum: 0.9,
  alpha: 0.0001,
  random_state: 42,
};
const split = { testSize: 0.2, randomState: 42 };

/** Normal-looking rows around a centre a class, some values exactly 0, one column constant, one row all 0. */
function randomRows(seed: number, rows: number, features: number, classes: number): { x: number[][]; y: number[] } {
  const random = new RandomState(seed);
  const centres = Array.from({ length: classes }, () => Array.from({ length: features }, () => random.uniform(-1, 1)));
  const y = Array.from({ length: rows }, (_, i) => (i < 4 * classes ? i % classes : random.interval(classes - 1)));
  const value = (j: number, centre: number): number => {
    const noise = random.double() + random.double() + random.double() - 1.5;
    return j === 1 ? 2.5 : random.double() < 0.1 ? 0 : centre + 2 * noise;
  };
  const x = y.map((k, i) => (centres[k] ?? []).map((centre, j) => (i === rows - 7 ? 0 : value(j, centre))));
  return { x, y };
}

const csv = (name: string, scale = true): OracleCase['data'] => ({ csv: name, scale });

/** Every model on every example, then each hyperparameter on rows where it shows. */
function cases(): OracleCase[] {
  const models = [
    { model: 'LR', params: sgd },
    { model: 'SVM', params: sgd },
    { model: 'PER', params: perceptron },
    { model: 'PA', params: passiveAggressive },
    { model: 'MLP', params: mlp },
  ] as const;
  const examples = ['iris', 'breast_cancer', 'wine', 'digits'].flatMap((name) =>
    models.map((m) => ({ ...m, data: csv(name), split, epochs: 10 })),
  );
  const unscaled = models
    .filter(({ model }) => model !== 'MLP')
    .map((m) => ({ ...m, data: csv('breast_cancer', false), split, epochs: 3 }));
  const binary = randomRows(1, 400, 7, 2);
  const multiclass = randomRows(2, 500, 6, 5);
  const penalties = (['l2', 'l1', 'elasticnet', 'none'] as const).flatMap((penalty) =>
    (['constant', 'optimal', 'invscaling'] as const).map((learning_rate_schedule) => ({
      penalty,
      learning_rate_schedule,
      alpha: 0.01,
      learning_rate: 0.1,
    })),
  );
  const variants: Omit<OracleCase, 'data' | 'split' | 'epochs'>[] = [
    ...penalties.flatMap((change) =>
      (['LR', 'SVM'] as const).map((model) => ({ model, params: { ...sgd, ...change, random_state: 7 } })),
    ),
    { model: 'LR', params: { ...sgd, learning_rate_schedule: 'invscaling', power_t: 0.3, random_state: 0 } },
    { model: 'SVM', params: { ...sgd, learning_rate: 50, alpha: 0.5, random_state: 4294967295 } },
    { model: 'LR', params: { ...sgd, class_weight: 'balanced', penalty: 'elasticnet', l1_ratio: 0.6 } },
    { model: 'SVM', params: { ...sgd, class_weight: { '0': 3, '1': 0.25 } } },
    { model: 'PER', params: { ...perceptron, penalty: 'elasticnet', alpha: 0.001 } },
    { model: 'PER', params: { ...perceptron, penalty: 'l1', alpha: 0.001 } },
    { model: 'PER', params: { ...perceptron, learning_rate: 0.3, class_weight: 'balanced' } },
    { model: 'PA', params: { ...passiveAggressive, C: 0.01 } },
    { model: 'PA', params: { ...passiveAggressive, loss: 'squared_hinge', C: 0.5 } },
    { model: 'PA', params: { ...passiveAggressive, loss: 'squared_hinge', class_weight: 'balanced' } },
    { model: 'PA', params: { ...passiveAggressive, class_weight: { '1': 4 } } },
    { model: 'MLP', params: { ...mlp, solver: 'adam', learning_rate: 0.001, batch_size: 200 } },
    { model: 'MLP', params: { ...mlp, activation: 'tanh', hidden_layer_sizes: [20, 10, 5] } },
    { model: 'MLP', params: { ...mlp, activation: 'logistic', momentum: 0, alpha: 0.1 } },
    { model: 'MLP', params: { ...mlp, batch_size: 100_000, random_state: 3 } },
    { model: 'MLP', params: { ...mlp, batch_size: 1, learning_rate: 0.001, hidden_layer_sizes: [3] } },
  ];
  const onRandom = variants.flatMap((variant) =>
    [binary, multiclass].map((data, i) => ({
      ...variant,
      data,
      split: { testSize: 0.3, randomState: i, stratify: i === 1 },
      epochs: 6,
    })),
  );
  return [...examples, ...unscaled, ...onRandom];
}

const python = findPython();

describe.skipIf(python === null)(`live comparison with scikit-learn (${pythonMissing})`, () => {
  it('every model agrees on the examples, unscaled rows and random rows, with every hyperparameter, by kernels and plain', () => {
    const asked = cases();
    const answers = runPython<OracleAnswer[]>(python ?? '', oracleProgram(), asked);
    const found = asked.flatMap((oracleCase, i) => {
      const answer = answers[i];
      const name = `case ${i}: ${oracleCase.model} on ${'csv' in oracleCase.data ? oracleCase.data.csv : 'random rows'}`;
      if (!answer) return [`${name} has no answer`];
      return (['auto', 'plain'] as const).flatMap((kernels) =>
        disagreements(ourAnswer(oracleCase, kernels), answer).map(
          (text) => `${name}, kernels ${kernels}, ${JSON.stringify(oracleCase.params)}: ${text}`,
        ),
      );
    });
    expect(found).toEqual([]);
    expect(answers).toHaveLength(asked.length);
  }, 300_000);
});
