import { describe, expect, it } from 'vitest';
import { disagreements, type OracleAnswer, type OracleCase, ourAnswer } from '../../test/support/learn-agreement.js';
import fixtures from './fixtures/training.json' with { type: 'json' };

// The generated file holds cases and answers of exactly these shapes.
const recorded = fixtures.cases as unknown as readonly { case: OracleCase; answer: OracleAnswer }[];

describe('recorded answers of scikit-learn', () => {
  for (const { case: oracleCase, answer } of recorded) {
    const name = 'csv' in oracleCase.data ? oracleCase.data.csv : 'random rows';
    it.each(['auto', 'plain'] as const)(
      `${oracleCase.model} on ${name} agrees in every epoch, weight and prediction (${JSON.stringify(oracleCase.params)}), kernels: %s`,
      (kernels) => {
        expect(disagreements(ourAnswer(oracleCase, kernels), answer)).toEqual([]);
      },
    );
  }
});

describe('the comparison itself', () => {
  const found = (change: (ours: OracleAnswer) => OracleAnswer, model: OracleCase['model']): string[] => {
    const pair = recorded.find(({ case: oracleCase }) => oracleCase.model === model);
    if (!pair) throw new Error(`no recorded case of ${model}`);
    return disagreements(change(ourAnswer(pair.case)), pair.answer);
  };
  const firstTimes = (values: readonly number[] = [], factor: number): number[] =>
    values.map((value, i) => (i === 0 ? value * factor : value));

  it('catches a coefficient that is wrong by one part in a hundred million', () => {
    expect(found((ours) => ({ ...ours, coef: firstTimes(ours.coef, 1 + 1e-8) }), 'SVM')).toEqual([
      expect.stringMatching(/^coefficients differ by/),
    ]);
  });

  it('catches a network weight that is wrong by one part in ten thousand', () => {
    const planted = found((ours) => ({ ...ours, weights: ours.weights?.map((w) => firstTimes(w, 1.0001)) }), 'MLP');
    expect(planted).toContainEqual(expect.stringMatching(/^weights of layer 1 differ by/));
  });

  it('catches one epoch of training too few', () => {
    const pair = recorded[0];
    if (!pair) throw new Error('no recorded case');
    const short = ourAnswer({ ...pair.case, epochs: pair.case.epochs - 1 });
    expect(disagreements(short, pair.answer)).toContainEqual(expect.stringMatching(/^coefficients differ by/));
  });

  it('catches one row predicted otherwise', () => {
    const planted = found(
      (ours) => ({ ...ours, predicted: ours.predicted.map((k, i) => (i === 3 ? k + 1 : k)) }),
      'PA',
    );
    expect(planted).toEqual(['predictions differ']);
  });
});
