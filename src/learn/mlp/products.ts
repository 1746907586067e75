import type { Matrix } from '../types.js';
import { at } from '../vector.js';

/** The three matrix products that a network needs, in the plainest order that walks memory row by row. */

export function zeros(rows: number, columns: number): Matrix {
  return { data: new Float64Array(rows * columns), rows, columns };
}

/** a b. Shapes (m, k) and (k, n) give (m, n). */
export function product(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let k = 0; k < a.columns; k += 1) addRow(out, i, at(a.data, i * a.columns + k), b, k);
  }
  return out;
}

/** The transpose of a, times b. Shapes (m, k) and (m, n) give (k, n). */
export function productOfTransposed(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.columns, b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let k = 0; k < a.columns; k += 1) addRow(out, k, at(a.data, i * a.columns + k), b, i);
  }
  return out;
}

/** a times the transpose of b. Shapes (m, k) and (n, k) give (m, n). */
export function productWithTransposed(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.rows, b.rows);
  for (let i = 0; i < a.rows; i += 1) {
    for (let j = 0; j < b.rows; j += 1) {
      let sum = 0;
      for (let k = 0; k < a.columns; k += 1) sum += at(a.data, i * a.columns + k) * at(b.data, j * b.columns + k);
      out.data[i * b.rows + j] = sum;
    }
  }
  return out;
}

/** Adds `factor` times row `from` of b to row `to` of out. */
function addRow(out: Matrix, to: number, factor: number, b: Matrix, from: number): void {
  const target = to * out.columns;
  const source = from * b.columns;
  for (let j = 0; j < b.columns; j += 1) {
    out.data[target + j] = at(out.data, target + j) + factor * at(b.data, source + j);
  }
}

/** Sums of the columns. */
export function columnSums(a: Matrix): Float64Array {
  const sums = new Float64Array(a.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let j = 0; j < a.columns; j += 1) sums[j] = at(sums, j) + at(a.data, i * a.columns + j);
  }
  return sums;
}
