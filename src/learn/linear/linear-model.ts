import { dot } from '../products.js';
import type { EstimatorSpec, LinearState, Matrix } from '../types.js';
import { allFinite, at } from '../vector.js';
import { type BinaryProblem, sgdPass } from './sgd-pass.js';
import type { LinearSpec, SgdRule } from './sgd-rule.js';
import { visitOrders } from './visit-order.js';

export function isLinear(spec: EstimatorSpec): spec is LinearSpec {
  return spec.model !== 'MLP';
}

/** Weights all 0, as scikit-learn starts: one row a class, or one in all for two classes. */
export function newLinearState(classes: number, features: number): LinearState {
  const rows = classes === 2 ? 1 : classes;
  const coef = { data: new Float64Array(rows * features), rows, columns: features };
  return { kind: 'linear', coef, intercept: new Float64Array(rows), t: 1 };
}

/**
 * The binary problems of an estimator: one for two classes (the second is positive), else each class against
 * the rest, with the order in which each visits the rows.
 *
 * @param y class codes, one a row of x
 * @param classWeights in the order of the classes; null: all 1. Against the rest, the rest weighs 1
 */
export function binaryProblems(
  spec: LinearSpec,
  classes: number,
  { x, y }: { readonly x: Matrix; readonly y: Int32Array },
  classWeights: Float64Array | null,
): BinaryProblem[] {
  return visitOrders(spec.params.random_state, classes, x.rows).map(
    (order, k): BinaryProblem => ({ x, y, order, ...sidesOf(k, classes, classWeights) }),
  );
}

/** The class that problem k sets against the rest (two classes: the second against the first), and the weights. */
export function sidesOf(
  k: number,
  classes: number,
  classWeights: Float64Array | null,
): Pick<BinaryProblem, 'positive' | 'positiveWeight' | 'negativeWeight'> {
  const weightOf = (label: number): number => (classWeights ? at(classWeights, label) : 1);
  if (classes === 2) return { positive: 1, positiveWeight: weightOf(1), negativeWeight: weightOf(0) };
  return { positive: k, positiveWeight: weightOf(k), negativeWeight: 1 };
}

/**
 * One epoch of a linear model, the same as one `partial_fit(x, y)` with an int `random_state`.
 * @returns the new state; the given one stays as it is
 */
export function linearEpoch(rule: SgdRule, problems: readonly BinaryProblem[], state: LinearState): LinearState {
  const coef = { ...state.coef, data: state.coef.data.slice() };
  const { columns } = coef;
  const intercept = Float64Array.from(problems, (problem, k) =>
    sgdPass(rule, problem, coef.data.subarray(k * columns, (k + 1) * columns), at(state.intercept, k), state.t),
  );
  return { kind: 'linear', coef, intercept, t: state.t + (problems[0]?.x.rows ?? 0) };
}

export function linearIsFinite(state: LinearState): boolean {
  return allFinite(state.coef.data) && allFinite(state.intercept);
}

/** Decisions `x . coef^T + intercept`: one column a row of `coef`. */
export function linearDecision({ coef, intercept }: LinearState, x: Matrix): Matrix {
  const { columns } = x;
  const data = new Float64Array(x.rows * coef.rows);
  for (let i = 0; i < x.rows; i += 1) {
    for (let k = 0; k < coef.rows; k += 1) {
      data[i * coef.rows + k] = dot(x.data, i * columns, coef.data, k * columns, columns) + at(intercept, k);
    }
  }
  return { data, rows: x.rows, columns: coef.rows };
}
