import { describe, expect, it } from 'vitest';
import { type BinaryProblem, sgdPass } from './sgd-pass.js';
import type { SgdRule } from './sgd-rule.js';

/** Two rows, (1, 2) of the positive class and (3, -1) of the other, visited in this order. */
const problem: BinaryProblem = {
  x: { data: Float64Array.of(1, 2, 3, -1), rows: 2, columns: 2 },
  y: Int32Array.of(1, 0),
  positive: 1,
  order: Int32Array.of(0, 1),
  positiveWeight: 1,
  negativeWeight: 1,
};
const rule: SgdRule = {
  loss: 'hinge',
  threshold: 1,
  step: 'constant',
  eta0: 0.5,
  powerT: 0.5,
  penalty: 'none',
  alpha: 0.1,
  l1Ratio: 0,
};
const pass = (changes: Partial<SgdRule>, on: BinaryProblem = problem): number[] => {
  const w = new Float64Array(2);
  const b = sgdPass({ ...rule, ...changes }, on, w, 0, 1);
  return [...w, b];
};

describe('a pass over two rows, worked by hand', () => {
  it('hinge: both rows are inside the margin and move the weights by eta', () => {
    // p = 0: w = (.5, 1), b = .5; then p = 1, z = -1: w -= .5 (3, -1), b -= .5
    expect(pass({})).toEqual([-1, 1.5, 0]);
  });

  it('L2 shrinks before it moves', () => {
    // second row: s = .95^2, w = .95 (.5, 1) - .5 (3, -1)
    const [first, second, b] = pass({ penalty: 'l2' });
    expect(first).toBeCloseTo(0.475 - 1.5, 15);
    expect(second).toBeCloseTo(0.95 + 0.5, 15);
    expect(b).toBe(0);
  });

  it('L1 draws each weight to 0 by what it owes, and not past it', () => {
    // u = .05: w = (.45, .95), q = -.05 each; p = .9: w = (-1.05, 1.45); u = .1: the first, now on the
    // other side, owes u - q = .15, the second u + q = .05
    const [first, second] = pass({ penalty: 'l1', l1Ratio: 1 });
    expect(first).toBeCloseTo(-0.9, 15);
    expect(second).toBeCloseTo(1.4, 15);
    expect(pass({ penalty: 'l1', l1Ratio: 1, alpha: 100 })).toEqual([0, 0, 0]);
  });

  it('log loss: the first step is eta times one half', () => {
    expect(pass({ loss: 'log_loss' }, { ...problem, order: Int32Array.of(0) })).toEqual([0.25, 0.5, 0.25]);
  });

  it('the perceptron leaves rows alone that it has right', () => {
    const right = { ...problem, order: Int32Array.of(0, 0) };
    expect(pass({ threshold: 0 }, right)).toEqual([0.5, 1, 0.5]);
  });

  it('PA-I moves by loss / |x|^2 up to C, PA-II by loss / (|x|^2 + 1/2C)', () => {
    const one = { ...problem, order: Int32Array.of(0) };
    expect(pass({ step: 'pa1', eta0: 1 }, one)).toEqual([0.2, 0.4, 0.2]);
    expect(pass({ step: 'pa1', eta0: 0.125 }, one)).toEqual([0.125, 0.25, 0.125]);
    expect(pass({ step: 'pa2', eta0: 0.1 }, one)).toEqual([0.1, 0.2, 0.1]);
  });

  it('PA passes over a row of zeros', () => {
    const zero = { ...problem, x: { data: new Float64Array(4), rows: 2, columns: 2 } };
    expect(pass({ step: 'pa1' }, zero)).toEqual([0, 0, 0]);
  });

  it('a class weight multiplies the update of its rows', () => {
    const weighted = { ...problem, order: Int32Array.of(0), positiveWeight: 3 };
    expect(pass({}, weighted)).toEqual([1.5, 3, 1.5]);
  });

  it('schedules: invscaling divides by t^power_t, optimal by alpha (t0 + t - 1)', () => {
    const one = { ...problem, order: Int32Array.of(0) };
    const w = new Float64Array(2);
    sgdPass({ ...rule, step: 'invscaling' }, one, w, 0, 4);
    expect([...w]).toEqual([0.25, 0.5]);
    const start = 1 / (Math.sqrt(1 / Math.sqrt(0.1)) * 0.1);
    expect(pass({ step: 'optimal' }, one)[0]).toBe(1 / (0.1 * start));
  });
});
