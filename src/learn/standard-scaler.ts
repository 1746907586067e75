import { at } from './vector.js';

/** Statistics of one numeric column, as scikit-learn's `SimpleImputer` and `StandardScaler` compute them. */

/** In which order a sum is taken, which decides its last bits. */
export type Summation = 'pairwise' | 'sequential';

/** Two sums over a column: of the values' distances from a centre, and of the squares of these. */
interface Sums {
  first: number;
  second: number;
}

/**
 * Sums of `x - centre` and of `(x - centre)^2` in numpy's order for a contiguous array: fewer than 8 values one
 * after the other, up to 128 in eight interleaved accumulators, more by halves (a multiple of 8 on the left), so
 * that rounding grows with log n. With centre 0 the first is the plain sum.
 */
function pairwiseSums(values: Float64Array, centre: number, start: number, length: number, sums: Sums): void {
  if (length > 128) {
    let half = length >> 1;
    half -= half % 8;
    pairwiseSums(values, centre, start, half, sums);
    const { first, second } = sums;
    pairwiseSums(values, centre, start + half, length - half, sums);
    sums.first = first + sums.first;
    sums.second = second + sums.second;
    return;
  }
  const whole = length - (length % 8);
  let first = 0;
  let second = 0;
  if (whole > 0) {
    let a0 = 0,
      a1 = 0,
      a2 = 0,
      a3 = 0,
      a4 = 0,
      a5 = 0,
      a6 = 0,
      a7 = 0;
    let b0 = 0,
      b1 = 0,
      b2 = 0,
      b3 = 0,
      b4 = 0,
      b5 = 0,
      b6 = 0,
      b7 = 0;
    for (let i = start; i < start + whole; i += 8) {
      const t0 = at(values, i) - centre,
        t1 = at(values, i + 1) - centre,
        t2 = at(values, i + 2) - centre;
      const t3 = at(values, i + 3) - centre,
        t4 = at(values, i + 4) - centre,
        t5 = at(values, i + 5) - centre;
      const t6 = at(values, i + 6) - centre,
        t7 = at(values, i + 7) - centre;
      a0 += t0;
      a1 += t1;
      a2 += t2;
      a3 += t3;
      a4 += t4;
      a5 += t5;
      a6 += t6;
      a7 += t7;
      b0 += t0 * t0;
      b1 += t1 * t1;
      b2 += t2 * t2;
      b3 += t3 * t3;
      b4 += t4 * t4;
      b5 += t5 * t5;
      b6 += t6 * t6;
      b7 += t7 * t7;
    }
    first = a0 + a1 + (a2 + a3) + (a4 + a5 + (a6 + a7));
    second = b0 + b1 + (b2 + b3) + (b4 + b5 + (b6 + b7));
  }
  for (let i = start + whole; i < start + length; i += 1) {
    const t = at(values, i) - centre;
    first += t;
    second += t * t;
  }
  sums.first = first;
  sums.second = second;
}

function sumsOf(values: Float64Array, centre: number, summation: Summation): Sums {
  const sums = { first: 0, second: 0 };
  if (summation === 'pairwise') {
    pairwiseSums(values, centre, 0, values.length, sums);
    return sums;
  }
  for (let i = 0; i < values.length; i += 1) {
    const t = at(values, i) - centre;
    sums.first += t;
    sums.second += t * t;
  }
  return sums;
}

/** Arithmetic mean. @param values at least one, all finite */
export function mean(values: Float64Array, summation: Summation = 'pairwise'): number {
  return sumsOf(values, 0, summation).first / values.length;
}

/** The middle value, or the mean of the two in the middle (`numpy.median`). @param values at least one, all finite */
export function median(values: Float64Array): number {
  return medianInPlace(values.slice());
}

/** As `median`, without a copy: the values are left in another order. */
export function medianInPlace(values: Float64Array): number {
  const middle = values.length >> 1;
  const upper = select(values, middle);
  if (values.length % 2 === 1) return upper;
  let lower = at(values, 0);
  for (let i = 1; i < middle; i += 1) if (at(values, i) > lower) lower = at(values, i);
  return (lower + upper) / 2;
}

/**
 * The value at place k of the sorted order; values are moved so that those before k are not larger and those
 * behind it not smaller. Narrows a window around k by a sample of it (Floyd and Rivest 1975), in time that grows
 * with n where sorting would take n log n.
 */
function select(values: Float64Array, k: number, left = 0, right = values.length - 1): number {
  while (right > left) {
    if (right - left > 600) {
      const n = right - left + 1;
      const i = k - left + 1;
      const z = Math.log(n);
      const s = 0.5 * Math.exp((2 * z) / 3);
      const shift = 0.5 * Math.sqrt((z * s * (n - s)) / n) * Math.sign(i - n / 2);
      const from = Math.max(left, Math.floor(k - (i * s) / n + shift));
      const to = Math.min(right, Math.floor(k + ((n - i) * s) / n + shift));
      select(values, k, from, to);
    }
    const pivot = at(values, k);
    let i = left;
    let j = right;
    while (i <= j) {
      while (at(values, i) < pivot) i += 1;
      while (at(values, j) > pivot) j -= 1;
      if (i <= j) {
        const swapped = at(values, i);
        values[i] = at(values, j);
        values[j] = swapped;
        i += 1;
        j -= 1;
      }
    }
    if (j < k) left = i;
    if (k < i) right = j;
  }
  return at(values, k);
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
  const { first, second } = sumsOf(values, centre, summation);
  return scaling(n, centre, first, second);
}

/**
 * As `standardise`, from sums that were taken before.
 * @param correction sum of the distances from the mean; `squares`: of their squares
 */
export function scaling(
  n: number,
  centre: number,
  correction: number,
  squares: number,
): { mean: number; variance: number; scale: number } {
  const variance = (squares - (correction * correction) / n) / n;
  const roundingError = n * Number.EPSILON * variance + (n * centre * Number.EPSILON) ** 2;
  return { mean: centre, variance, scale: variance <= roundingError ? 1 : Math.sqrt(variance) };
}
