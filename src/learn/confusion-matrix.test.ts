import { expect, it } from 'vitest';
import { classFigures, confusionMatrix } from './confusion-matrix.js';

it('counts rows by true and predicted class, and works out the figures of each class', () => {
  const matrix = confusionMatrix(Int32Array.of(0, 0, 0, 1, 1, 2), Int32Array.of(0, 0, 1, 1, 0, 1), 3);
  expect(matrix).toEqual([
    [2, 1, 0],
    [1, 1, 0],
    [0, 1, 0],
  ]);
  expect(classFigures(matrix)).toEqual([
    { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 },
    { precision: 1 / 3, recall: 1 / 2, f1: 2 / 5, support: 2 },
    { precision: 0, recall: 0, f1: 0, support: 1 },
  ]);
});
