import { describe, expect, it } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import { exactExp, fma } from './exact-exp.js';
import { RandomState } from './random-state.js';

const python = findPython();

describe('exactExp', () => {
  it.skipIf(python === null)(`equals the C library's exp in every bit on 100,000 arguments (${pythonMissing})`, () => {
    const random = new RandomState(1);
    const spans = [1, 37, 80, 500, 1e-3, 1e-9, 1e-17];
    const arguments_ = Array.from({ length: 100_000 }, (_, i) => {
      const span = spans[i % spans.length] ?? 1;
      return random.uniform(-span, span);
    });
    const expected = runPython<number[]>(
      python ?? '',
      'import json, math, sys; print(json.dumps([math.exp(x) for x in json.load(sys.stdin)]))',
      arguments_,
    );
    const wrong = arguments_.filter((x, i) => exactExp(x) !== expected[i]);
    expect(wrong).toEqual([]);
    // What makes it worth having: the engine's own is another function.
    expect(arguments_.filter((x, i) => Math.exp(x) !== expected[i]).length).toBeGreaterThan(1000);
  });

  it('is 1 at 0 and at arguments too small to count, and keeps to the ends of the range', () => {
    expect([0, -0, 1e-300, -1e-20].map(exactExp)).toEqual([1, 1, 1, 1]);
    expect([800, -800, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(exactExp)).toEqual([
      Number.POSITIVE_INFINITY,
      0,
      Number.POSITIVE_INFINITY,
      0,
    ]);
    expect(exactExp(Number.NaN)).toBeNaN();
  });
});

describe('fma', () => {
  it('rounds once where a product and a sum round twice', () => {
    const tiny = 2 ** -30;
    expect(fma(1 + tiny, 1 - tiny, -1)).toBe(-(tiny * tiny));
    expect((1 + tiny) * (1 - tiny) - 1).toBe(0);
    // Halfway between two doubles but for a part far below: only one rounding sees it.
    expect(fma(2 ** -53, 1 + 2 ** -52, 1)).toBe(1 + 2 ** -52);
    expect(fma(-(2 ** -54), 1 + 2 ** -52, 1)).toBe(1 - 2 ** -53);
    expect(fma(2 ** -53, 1 - 2 ** -53, 1)).toBe(1);
  });
});
