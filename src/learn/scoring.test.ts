import { describe, expect, it } from 'vitest';
import { accuracy, chooseClasses, hingeLoss, logLoss, oneVsRestProbabilities } from './scoring.js';

const column = (...values: number[]) => ({ data: Float64Array.from(values), rows: values.length, columns: 1 });

describe('scores worked by hand', () => {
  it('a decision of exactly 0 is the first class, and equal largest decisions are the first of them', () => {
    expect([...chooseClasses(column(-1, 0, 1e-300), 0)]).toEqual([0, 0, 1]);
    expect([...chooseClasses({ data: Float64Array.of(1, 3, 3, -2, -2, -5), rows: 2, columns: 3 }, 0)]).toEqual([1, 0]);
  });

  it('accuracy is the share of rows predicted as they are', () => {
    expect(accuracy(Int32Array.of(0, 1, 1, 0), Int32Array.of(0, 1, 0, 0))).toBe(0.75);
  });

  it('hinge loss of two classes uses y p, also when only one class occurs', () => {
    expect(hingeLoss(Int32Array.of(1, 0, 1), column(0.5, 0.5, 3))).toBe((0.5 + 1.5 + 0) / 3);
    expect(hingeLoss(Int32Array.of(1, 1), column(2, 0))).toBe(0.5);
  });

  it('hinge loss of more classes takes the largest rival off', () => {
    const decision = { data: Float64Array.of(1, 0.5, -1, 0, 3, 2.5), rows: 2, columns: 3 };
    expect(hingeLoss(Int32Array.of(0, 2), decision)).toBe((0.5 + 1.5) / 2);
  });

  it('log loss is clipped: a certain mistake costs -log(eps), not infinity', () => {
    const certain = { data: Float64Array.of(1, 0), rows: 1, columns: 2 };
    expect(logLoss(Int32Array.of(1), certain)).toBe(-Math.log(Number.EPSILON));
    expect(logLoss(Int32Array.of(0), certain)).toBe(-Math.log(1 - Number.EPSILON));
  });

  it('one-vs-rest probabilities sum to 1, and are equal where every class is out of the question', () => {
    const decision = { data: Float64Array.of(0, 0, 0, -800, -800, -800), rows: 2, columns: 3 };
    expect([...oneVsRestProbabilities(decision).data]).toEqual([1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3]);
    expect([...oneVsRestProbabilities(column(0)).data]).toEqual([0.5, 0.5]);
  });
});
