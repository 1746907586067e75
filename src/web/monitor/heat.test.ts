import { expect, it } from 'vitest';
import { heatOf } from './heat.js';

it('a cell is as strong as its share of the rows of its true class', () => {
  expect([0, 1, 2].map((predicted) => heatOf([6, 2, 0], predicted))).toEqual([0.75, 0.25, 0]);
  expect(heatOf([0, 0], 1)).toBe(0);
});
