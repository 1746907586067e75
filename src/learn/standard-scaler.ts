import { at } from './vector.js';

/** Statistics of one numeric column, as scikit-learn's `SimpleImputer` and `StandardScaler` compute them. */

/** In which order a sum is taken, which decides its last bits. */
export type Summation = 'pairwise' | 'sequential';

/**
 * numpy's sum of a contiguous array: fewer than 8 values one after the other, up to 128 in eight interleaved
 * accumulators, more by halves (a multiple of 8 on the left), so that rounding grows with log n.
 */
function pairwiseSum(values: Float64Array, start: number, length: number): number {
  if (length < 8) {
    let sum = 0;
    for (let i = 0; i < length; i += 1) sum += at(values, start + i);
    return sum;
  }
  if (length <= 128) {
    const r = values.slice(start, start + 8);
    const whole = length - (length % 8);
    for (let i = 8; i < whole; i += 8) {
      for (let k = 0; k < 8; k += 1) r[k] = at(r, k) + at(values, start + i + k);
    }
    let sum = at(r, 0) + at(r, 1) + (at(r, 2) + at(r, 3)) + (at(r, 4) + at(r, 5) + (at(r, 6) + at(r, 7)));
    for (let i = whole; i < length; i += 1) sum += at(values, start + i);
    return sum;
  }
  let half = length >> 1;
  half -= half % 8;
  return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, length - half);
}

function sumOf(values: Float64Array, summation: Summation): number {
  if (summation === 'pairwise') return pairwiseSum(values, 0, values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += at(values, i);
  return sum;
}

/** Arithmetic mean. @param values at least one, all finite */
export function mean(values: Float64Array, summation: Summation = 'pairwise'): number {
  return sumOf(values, summation) / values.length;
}

/** The middle value, or the mean of the two in the middle (`numpy.median`). @param values at least one, all finite */
export function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return at(sorted, middle);
  return (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}

/**
 * What `StandardScaler` learns from one column: mean, population variance and the scale to divide by.
 *
 * The variance is the two-pass one with Youngs and Cramer's correction: with t = x - mean,
 * `(sum t^2 - (sum t)^2 / n) / n`. A column whose variance is within the rounding error of that formula
 * counts as constant and is scaled by 1. Apply as `(x - mean) / scale`: dividing, for a reciprocal rounds twice.
 *
 * @param values the column over the training rows, at least one, no missing value
 * @param summation `pairwise` for a column of a DataFrame (column after column in memory), `sequential` for a
 *   column of a row-major array: numpy adds in these orders, and the last bits follow
 */
export function standardise(
  values: Float64Array,
  summation: Summation = 'pairwise',
): { mean: number; variance: number; scale: number } {
  const n = values.length;
  const centre = mean(values, summation);
  const t = values.map((x) => x - centre);
  const correction = sumOf(t, summation);
  for (let i = 0; i < n; i += 1) t[i] = at(t, i) * at(t, i);
  const variance = (sumOf(t, summation) - (correction * correction) / n) / n;
  const roundingError = n * Number.EPSILON * variance + (n * centre * Number.EPSILON) ** 2;
  return { mean: centre, variance, scale: variance <= roundingError ? 1 : Math.sqrt(variance) };
}
