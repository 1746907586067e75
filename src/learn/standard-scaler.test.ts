import { describe, expect, it } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import { RandomState } from './random-state.js';
import { mean, median, standardise } from './standard-scaler.js';

const python = findPython();
const program = `
import json, sys
import numpy as np
from sklearn.preprocessing import StandardScaler
def one(values):
    v = np.array(values)
    out = {"median": float(np.median(v)), "mean": float(np.mean(v))}
    for name, order in (("pairwise", "F"), ("sequential", "C")):
        x = np.column_stack([v, v[::-1]])
        s = StandardScaler().fit(np.array(x, order=order))
        out[name] = {"mean": s.mean_[0], "variance": s.var_[0], "scale": s.scale_[0]}
    return out
print(json.dumps([one(values) for values in json.load(sys.stdin)]))`;

interface Expected {
  median: number;
  mean: number;
  pairwise: { mean: number; variance: number; scale: number };
  sequential: { mean: number; variance: number; scale: number };
}

describe('statistics of a column', () => {
  it.skipIf(python === null)(
    `equal numpy's and StandardScaler's in every bit, for both orders of adding (${pythonMissing})`,
    () => {
      const random = new RandomState(8);
      const sizes = [2, 3, 7, 8, 9, 100, 127, 128, 129, 136, 255, 256, 257, 1000, 5003];
      const columns = sizes.flatMap((size) =>
        [1, 1e8, 1e-6].map((spread) => Array.from({ length: size }, () => 5 + spread * random.uniform(-1, 1))),
      );
      columns.push(
        Array.from({ length: 50 }, () => 0.1),
        Array.from({ length: 1000 }, () => 1e9 + 0.1),
        [0, 0],
      );
      const expected = runPython<Expected[]>(python ?? '', program, columns);
      columns.forEach((column, i) => {
        const values = Float64Array.from(column);
        expect({
          median: median(values),
          mean: mean(values),
          pairwise: standardise(values),
          sequential: standardise(values, 'sequential'),
        }).toEqual(expected[i]);
      });
    },
  );

  it('standardises 2, 4, 4, 4, 5, 5, 7, 9 by mean 5 and scale 2', () => {
    expect(standardise(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toEqual({ mean: 5, variance: 4, scale: 2 });
  });

  it('a constant column is scaled by 1, also where rounding leaves it a variance', () => {
    expect(standardise(new Float64Array(10).fill(0.1)).scale).toBe(1);
    expect(standardise(new Float64Array(999).fill(123456.7)).scale).toBe(1);
  });

  it('the median of an even count is the mean of the two in the middle, and sorts by value', () => {
    expect(median(Float64Array.of(10, 9, -1, 100))).toBe(9.5);
    expect(median(Float64Array.of(3))).toBe(3);
  });
});
