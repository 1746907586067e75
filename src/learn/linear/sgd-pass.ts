import { exactExp } from '../exact-exp.js';
import type { Matrix } from '../types.js';
import type { SgdRule } from './sgd-rule.js';

/** Rows of one class against the rest (binary: against the other), and the order to visit them in. */
export interface BinaryProblem {
  readonly x: Matrix;
  /** Class code of each row. */
  readonly y: Int32Array;
  /** The class whose rows count as +1; all others are -1. */
  readonly positive: number;
  /** Row numbers in the order of the visit. */
  readonly order: Int32Array;
  /** What an update is multiplied by, for rows of the positive class and for the rest. */
  readonly positiveWeight: number;
  readonly negativeWeight: number;
}

/**
 * What a pass carries from row to row beside the weights w: the weights' common factor `s`, the intercept `b`, the
 * count `t` of samples (from 1), and for the L1 part `u` and `q`.
 */
export interface Pass {
  s: number;
  b: number;
  t: number;
  u: number;
  readonly q: Float64Array;
}

/** @param t samples seen before this pass plus 1, which the schedules start from */
export function startPass(rule: SgdRule, columns: number, intercept: number, t: number): Pass {
  const truncates = rule.penalty === 'l1' || rule.penalty === 'elasticnet';
  return { s: 1, b: intercept, t, u: 0, q: new Float64Array(truncates ? columns : 0) };
}

/** Ends a pass: the weights take their factor in. @returns the new intercept */
export function finishPass(w: Float64Array, { s, b }: Pass): number {
  for (let j = 0; j < w.length; j += 1) w[j] = (w[j] as number) * s;
  return b;
}

/**
 * One pass of stochastic gradient descent over all rows: `_plain_sgd` of scikit-learn 1.9 for one epoch.
 *
 * @param w the weights, one a column of x; changed in place, and not finite when training diverged
 * @param t samples seen before this pass plus 1, which the schedules start from
 * @returns the new intercept
 */
export function sgdPass(rule: SgdRule, problem: BinaryProblem, w: Float64Array, intercept: number, t: number): number {
  const pass = startPass(rule, problem.x.columns, intercept, t);
  visitRows(rule, problem, w, pass);
  return finishPass(w, pass);
}

/**
 * The rows of a problem's order, within a pass that may go on with other rows.
 *
 * With the decision p = w . x + b, a row with target y = +-1 moves the weights against the gradient of
 * `loss(y, p) + alpha * ((1 - l1_ratio) / 2 * |w|^2 + l1_ratio * |w|_1)`:
 *
 *   w <- (1 - (1 - l1_ratio) eta alpha) w + update x,   b <- b + update
 *
 * The weights are held as `s * w`, so that shrinking costs one multiplication (Bottou, 2012). The L1 part is
 * the cumulative penalty of Tsuruoka, Tsujii and Ananiadou (2009): `u` is what each weight could have been
 * drawn towards 0 so far in this pass, `q[j]` what weight j was.
 *
 * Every sum has one accumulator and goes in column order, as the C loops of scikit-learn do: under some
 * schedules the last bit of a sum decides the result. (Reads are cast where they stand, for speed: the
 * bounds of the loops prove them.)
 *
 * @param w changed in place, and not finite when training diverged
 * @param pass changed in place
 */
export function visitRows(rule: SgdRule, problem: BinaryProblem, w: Float64Array, pass: Pass): void {
  const { x, y, positive, order } = problem;
  const { data, columns } = x;
  const shrinks = rule.penalty === 'l2' || rule.penalty === 'elasticnet';
  const truncates = rule.penalty === 'l1' || rule.penalty === 'elasticnet';
  const optimalStart = optimalStartOf(rule.alpha);
  const { q, t } = pass;
  let { u, s, b } = pass;
  for (let i = 0; i < order.length; i += 1) {
    const row = order[i] as number;
    const start = row * columns;
    const isPositive = (y[row] as number) === positive;
    const target = isPositive ? 1 : -1;

    let dot = 0;
    for (let j = 0; j < columns; j += 1) dot += (w[j] as number) * (data[start + j] as number);
    const p = dot * s + b;

    const eta = stepSize(rule, t + i, optimalStart);
    let update = 0;
    if (rule.step === 'pa1' || rule.step === 'pa2') {
      update = passiveAggressiveStep(rule, Math.max(0, rule.threshold - p * target), squaredNorm(data, start, columns));
      update *= target;
    } else {
      update = -eta * gradient(rule, target, p);
    }
    update *= isPositive ? problem.positiveWeight : problem.negativeWeight;

    if (shrinks) {
      s *= Math.max(0, 1 - (1 - rule.l1Ratio) * eta * rule.alpha);
      if (s < 1e-9) {
        for (let j = 0; j < columns; j += 1) w[j] = (w[j] as number) * s;
        s = 1;
      }
    }
    if (update !== 0) {
      const c = update / s;
      for (let j = 0; j < columns; j += 1) w[j] = (w[j] as number) + (data[start + j] as number) * c;
      b += update;
    }
    if (truncates) {
      u += rule.l1Ratio * eta * rule.alpha;
      truncate(w, q, u, s);
    }
  }
  pass.s = s;
  pass.b = b;
  pass.u = u;
  pass.t = t + order.length;
}

/** Constant eta0; eta0 / t^power_t; or 1 / (alpha (t0 + t - 1)), Bottou's choice. */
function stepSize(rule: SgdRule, t: number, optimalStart: number): number {
  if (rule.step === 'optimal') return 1 / (rule.alpha * (optimalStart + t - 1));
  if (rule.step === 'invscaling') return rule.eta0 / power(t, rule.powerT);
  return rule.eta0;
}

/** t0 of the `optimal` schedule: the first step is as large as a typical weight, `sqrt(1 / sqrt(alpha))`. */
export function optimalStartOf(alpha: number): number {
  return 1 / (Math.sqrt(1 / Math.sqrt(alpha)) * alpha);
}

/** t^exponent; the usual exponent 0.5 by the square root, which rounds correctly where `**` need not. */
export function power(t: number, exponent: number): number {
  return exponent === 0.5 ? Math.sqrt(t) : t ** exponent;
}

/**
 * The loss's derivative with respect to the decision p.
 *
 * Log loss: sigmoid(p) for a negative row and sigmoid(p) - 1 for a positive one, written so that neither
 * overflows nor cancels (`CyHalfBinomialLoss`). Hinge: -y inside the margin, else 0; at the margin itself,
 * inside.
 */
function gradient(rule: SgdRule, target: number, p: number): number {
  if (rule.loss === 'hinge') return p * target <= rule.threshold ? -target : 0;
  if (p > -37) {
    const e = exactExp(-p);
    return (target > 0 ? -e : 1) / (1 + e);
  }
  return target > 0 ? exactExp(p) - 1 : exactExp(p);
}

/**
 * Size of the passive-aggressive update (Crammer et al., 2006): PA-I `min(C, loss / |x|^2)`, PA-II
 * `loss / (|x|^2 + 1 / 2C)`. A row of zeros is passed over by PA-I.
 */
function passiveAggressiveStep(rule: SgdRule, loss: number, squaredNorm: number): number {
  if (rule.step === 'pa2') return loss / (squaredNorm + 0.5 / rule.eta0);
  return squaredNorm === 0 ? 0 : Math.min(rule.eta0, loss / squaredNorm);
}

function squaredNorm(data: Float64Array, start: number, columns: number): number {
  let sum = 0;
  for (let j = 0; j < columns; j += 1) sum += (data[start + j] as number) * (data[start + j] as number);
  return sum;
}

/** Draws every weight towards 0 by what it still owes of the cumulative penalty `u`, and never past 0. */
function truncate(w: Float64Array, q: Float64Array, u: number, s: number): void {
  for (let j = 0; j < w.length; j += 1) {
    const z = w[j] as number;
    if (s * z > 0) w[j] = Math.max(0, z - (u + (q[j] as number)) / s);
    else if (s * z < 0) w[j] = Math.min(0, z + (u - (q[j] as number)) / s);
    q[j] = (q[j] as number) + s * ((w[j] as number) - z);
  }
}
