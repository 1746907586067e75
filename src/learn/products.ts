import type { Matrix } from './types.js';

/**
 * The three matrix products that a network needs, in the plainest order that walks memory row by row.
 * Reads are cast where they stand: in these loops even a helper call costs, and the bounds prove them.
 */

export function zeros(rows: number, columns: number): Matrix {
  return { data: new Float64Array(rows * columns), rows, columns };
}

/** a b. Shapes (m, k) and (k, n) give (m, n). */
export function product(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let k = 0; k < a.columns; k += 1) addRow(out, i, a.data[i * a.columns + k] as number, b, k);
  }
  return out;
}

/** The transpose of a, times b. Shapes (m, k) and (m, n) give (k, n). */
export function productOfTransposed(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.columns, b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let k = 0; k < a.columns; k += 1) addRow(out, k, a.data[i * a.columns + k] as number, b, i);
  }
  return out;
}

/** a times the transpose of b. Shapes (m, k) and (n, k) give (m, n). */
export function productWithTransposed(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.rows, b.rows);
  for (let i = 0; i < a.rows; i += 1) {
    for (let j = 0; j < b.rows; j += 1) {
      out.data[i * b.rows + j] = dot(a.data, i * a.columns, b.data, j * b.columns, a.columns);
    }
  }
  return out;
}

/** Sum of products of two stretches of `length`, in order, in one accumulator. */
export function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k += 1) sum += (a[aStart + k] as number) * (b[bStart + k] as number);
  return sum;
}

/** Adds `factor` times row `from` of b to row `to` of out. */
function addRow(out: Matrix, to: number, factor: number, b: Matrix, from: number): void {
  const { data: target, columns } = out;
  const { data: source } = b;
  const targetStart = to * columns;
  const sourceStart = from * columns;
  for (let j = 0; j < columns; j += 1) {
    target[targetStart + j] = (target[targetStart + j] as number) + factor * (source[sourceStart + j] as number);
  }
}

/** Sums of the columns. */
export function columnSums(a: Matrix): Float64Array {
  const sums = new Float64Array(a.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let j = 0; j < a.columns; j += 1) sums[j] = (sums[j] as number) + (a.data[i * a.columns + j] as number);
  }
  return sums;
}
