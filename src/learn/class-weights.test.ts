import { expect, it } from 'vitest';
import { resolveClassWeights } from './class-weights.js';

const y = Int32Array.of(0, 0, 0, 1);

it('balanced weights are rows over classes times rows of the class', () => {
  expect(resolveClassWeights('balanced', ['a', 'b'], y)).toEqual(Float64Array.of(4 / 6, 2));
});
it('balanced counts only classes that occur, and a class without a row weighs 1', () => {
  expect(resolveClassWeights('balanced', ['a', 'b', 'c'], y)).toEqual(Float64Array.of(4 / 6, 2, 1));
});
it('weights by label reach number and text labels, and labels not named weigh 1', () => {
  expect(resolveClassWeights({ '5': 2 }, [3, 5], y)).toEqual(Float64Array.of(1, 2));
  expect(resolveClassWeights({ b: 0.5, other: 9 }, ['a', 'b'], y)).toEqual(Float64Array.of(1, 0.5));
});
it('no weights, or weights of 1, are none', () => {
  expect(resolveClassWeights(null, ['a', 'b'], y)).toBeNull();
  expect(resolveClassWeights({ a: 1 }, ['a', 'b'], y)).toBeNull();
  expect(resolveClassWeights({ toString: 3 }, ['a', 'b'], y)).toBeNull();
});
