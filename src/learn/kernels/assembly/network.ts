/**
 * The parts of a network's epoch: ../../products.ts, ../../mlp/activations.ts and ../../mlp/optimiser.ts, the
 * same operations in the same order. ./network-job.ts strings them together, batch by batch.
 */
import { exp } from './exp';
import { toProbabilities } from './score';

/**
 * c = a b, shapes (m, k), (k, n), (m, n); b and c row after row, element (i, p) of a at `a + i rowStep + p columnStep`
 * bytes, so that the transpose of a matrix is the same call with the steps swapped.
 *
 * Each element of c is one sum over p in order. Sixteen of them (four rows by four columns) are summed at a
 * time, in registers: every value loaded is used four times, and eight independent additions fill the wait of
 * each other. A strip of four columns of b stays in the nearest cache while all rows of a pass by.
 */
export function multiply(a: usize, rowStep: usize, columnStep: usize, b: usize, c: usize, m: i32, n: i32, k: i32): void {
  const line = <usize>n << 3;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const strip = b + (<usize>j << 3);
    let out = c + (<usize>j << 3);
    let rows = a;
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      tile4(rows, rowStep, columnStep, strip, out, line, k);
      rows += rowStep << 2;
      out += line << 2;
    }
    for (; i < m; i++) {
      row4(rows, columnStep, strip, out, line, k);
      rows += rowStep;
      out += line;
    }
  }
  for (; j < n; j++) column(a, rowStep, columnStep, b + (<usize>j << 3), c + (<usize>j << 3), m, line, k);
}

/** Four rows by four columns. */
function tile4(a: usize, rowStep: usize, columnStep: usize, b: usize, c: usize, line: usize, k: i32): void {
  let a1 = a + rowStep;
  let a2 = a1 + rowStep;
  let a3 = a2 + rowStep;
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c20 = f64x2.splat(0);
  let c21 = f64x2.splat(0);
  let c30 = f64x2.splat(0);
  let c31 = f64x2.splat(0);
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(x0, b0));
    c01 = f64x2.add(c01, f64x2.mul(x0, b1));
    const x1 = v128.load64_splat(a1);
    c10 = f64x2.add(c10, f64x2.mul(x1, b0));
    c11 = f64x2.add(c11, f64x2.mul(x1, b1));
    const x2 = v128.load64_splat(a2);
    c20 = f64x2.add(c20, f64x2.mul(x2, b0));
    c21 = f64x2.add(c21, f64x2.mul(x2, b1));
    const x3 = v128.load64_splat(a3);
    c30 = f64x2.add(c30, f64x2.mul(x3, b0));
    c31 = f64x2.add(c31, f64x2.mul(x3, b1));
    a += columnStep;
    a1 += columnStep;
    a2 += columnStep;
    a3 += columnStep;
    b += line;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += line;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += line;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += line;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/** One row by four columns. */
function row4(a: usize, columnStep: usize, b: usize, c: usize, line: usize, k: i32): void {
  let c0 = f64x2.splat(0);
  let c1 = f64x2.splat(0);
  for (let p = 0; p < k; p++) {
    const x = v128.load64_splat(a);
    c0 = f64x2.add(c0, f64x2.mul(x, v128.load(b)));
    c1 = f64x2.add(c1, f64x2.mul(x, v128.load(b, 16)));
    a += columnStep;
    b += line;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
}

/** One column, four rows at a time. */
function column(a: usize, rowStep: usize, columnStep: usize, b: usize, c: usize, m: i32, line: usize, k: i32): void {
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let s0: f64 = 0.0;
    let s1: f64 = 0.0;
    let s2: f64 = 0.0;
    let s3: f64 = 0.0;
    let x = a;
    let y = b;
    for (let p = 0; p < k; p++) {
      const factor = load<f64>(y);
      s0 += load<f64>(x) * factor;
      s1 += load<f64>(x + rowStep) * factor;
      s2 += load<f64>(x + 2 * rowStep) * factor;
      s3 += load<f64>(x + 3 * rowStep) * factor;
      x += columnStep;
      y += line;
    }
    store<f64>(c, s0);
    store<f64>(c + line, s1);
    store<f64>(c + 2 * line, s2);
    store<f64>(c + 3 * line, s3);
    a += rowStep << 2;
    c += line << 2;
  }
  for (; i < m; i++) {
    let sum: f64 = 0.0;
    let x = a;
    let y = b;
    for (let p = 0; p < k; p++) {
      sum += load<f64>(x) * load<f64>(y);
      x += columnStep;
      y += line;
    }
    store<f64>(c, sum);
    a += rowStep;
    c += line;
  }
}

/** Rows `order[from..from + count - 1]` of x with their codes, one after the other. */
export function gather(x: usize, codes: usize, order: usize, from: i32, count: i32, columns: i32, outX: usize, outCodes: usize): void {
  const bytes = <usize>columns << 3;
  for (let i = 0; i < count; i++) {
    const row = load<i32>(order + (<usize>(from + i) << 2));
    memory.copy(outX, x + <usize>row * bytes, bytes);
    store<i32>(outCodes + (<usize>i << 2), load<i32>(codes + (<usize>row << 2)));
    outX += bytes;
  }
}

/** out = the transpose of w (rows, columns); `line` is bytes from one row of out to the next. */
export function transpose(w: usize, rows: i32, columns: i32, out: usize, line: usize): void {
  for (let i = 0; i < rows; i++) {
    let target = out + (<usize>i << 3);
    for (let j = 0; j < columns; j++) {
      store<f64>(target, load<f64>(w));
      w += 8;
      target += line;
    }
  }
}

/** Adds the biases to each row, then applies the activation: 0 none, 1 relu, 2 tanh, 3 logistic. */
export function addBiases(z: usize, biases: usize, rows: i32, columns: i32, activation: i32): void {
  const pairs = columns & ~1;
  const zero = f64x2.splat(0);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < pairs; j += 2) {
      const at = <usize>j << 3;
      const sum = f64x2.add(v128.load(z + at), v128.load(biases + at));
      v128.store(z + at, activation == 1 ? f64x2.max(sum, zero) : sum);
    }
    if (pairs < columns) {
      const at = <usize>pairs << 3;
      const sum = load<f64>(z + at) + load<f64>(biases + at);
      store<f64>(z + at, activation == 1 ? max(sum, 0.0) : sum);
    }
    z += <usize>columns << 3;
  }
  if (activation < 2) return;
  const end = z;
  for (z -= <usize>(rows * columns) << 3; z < end; z += 8) {
    const value = load<f64>(z);
    store<f64>(z, activation == 2 ? NativeMath.tanh(value) : 1.0 / (1.0 + exp(-value)));
  }
}

/** Turns the last layer's outputs into probability minus target, in place; `losses` gets each row's log loss. */
export function outputDelta(z: usize, codes: usize, rows: i32, columns: i32, losses: usize): void {
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    toProbabilities(z, columns);
    const at = columns == 1 ? z : z + (<usize>code << 3);
    const p = load<f64>(at);
    const clipped = min(max(p, f64.EPSILON), 1.0 - f64.EPSILON);
    store<f64>(losses, -NativeMath.log(columns == 1 && code == 0 ? 1.0 - clipped : clipped));
    store<f64>(at, p - (columns == 1 ? <f64>code : 1.0));
    z += <usize>columns << 3;
    losses += 8;
  }
}

/** Multiplies `delta` by the activation's derivative, given its values a. */
export function derive(a: usize, delta: usize, count: i32, activation: i32): void {
  const end = a + (<usize>count << 3);
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const paired = a + (<usize>(count & ~1) << 3);
  while (a < paired) {
    const value = v128.load(a);
    const d = v128.load(delta);
    let out: v128;
    if (activation == 1) out = v128.andnot(d, f64x2.eq(value, zero));
    else if (activation == 2) out = f64x2.mul(d, f64x2.sub(one, f64x2.mul(value, value)));
    else out = f64x2.mul(f64x2.mul(d, value), f64x2.sub(one, value));
    v128.store(delta, out);
    a += 16;
    delta += 16;
  }
  if (a < end) {
    const value = load<f64>(a);
    const d = load<f64>(delta);
    if (activation == 1) store<f64>(delta, value == 0.0 ? 0.0 : d);
    else if (activation == 2) store<f64>(delta, d * (1.0 - value * value));
    else store<f64>(delta, d * value * (1.0 - value));
  }
}

/** Sums of the columns. */
export function columnSums(a: usize, rows: i32, columns: i32, sums: usize): void {
  const bytes = <usize>columns << 3;
  memory.fill(sums, 0, bytes);
  for (let i = 0; i < rows; i++) {
    const paired: usize = bytes & ~15;
    for (let j: usize = 0; j < paired; j += 16) {
      v128.store(sums + j, f64x2.add(v128.load(sums + j), v128.load(a + j)));
    }
    if (paired < bytes) store<f64>(sums + paired, load<f64>(sums + paired) + load<f64>(a + paired));
    a += bytes;
  }
}

/**
 * Nesterov's step for `count` parameters w with sums of gradients g and velocities v; all three are padded to
 * an even count. g <- (g + alpha w) / rows; v <- momentum v - rate g; w <- w + momentum v - rate g.
 * @returns the sum of the new w^2, for the penalty in the next batch's loss
 */
export function nesterov(w: usize, g: usize, v: usize, count: i32, alpha: f64, rows: f64, momentum: f64, rate: f64): f64 {
  const alphas = f64x2.splat(alpha);
  // Dividing by a power of two is multiplying by its reciprocal, to the bit, and several times faster.
  const divisor = f64x2.splat(rows);
  const reciprocal = f64x2.splat(1.0 / rows);
  const exact = (<i32>rows & (<i32>rows - 1)) == 0;
  const momenta = f64x2.splat(momentum);
  const rates = f64x2.splat(rate);
  let squares = f64x2.splat(0);
  const end = w + (<usize>count << 3);
  while (w < end) {
    const weight = v128.load(w);
    const sum = f64x2.add(v128.load(g), f64x2.mul(alphas, weight));
    const gradient = exact ? f64x2.mul(sum, reciprocal) : f64x2.div(sum, divisor);
    const pull = f64x2.mul(rates, gradient);
    const velocity = f64x2.sub(f64x2.mul(momenta, v128.load(v)), pull);
    v128.store(v, velocity);
    const moved = f64x2.add(weight, f64x2.sub(f64x2.mul(momenta, velocity), pull));
    v128.store(w, moved);
    squares = f64x2.add(squares, f64x2.mul(moved, moved));
    w += 16;
    g += 16;
    v += 16;
  }
  return f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
}

/** Adam's step, with first moments in m and second moments in v; padded, and returning, as `nesterov`. */
export function adam(w: usize, g: usize, m: usize, v: usize, count: i32, alpha: f64, rows: f64, rate: f64): f64 {
  const alphas = f64x2.splat(alpha);
  const divisor = f64x2.splat(rows);
  const beta1 = f64x2.splat(0.9);
  const rest1 = f64x2.splat(1.0 - 0.9);
  const beta2 = f64x2.splat(0.999);
  const rest2 = f64x2.splat(1.0 - 0.999);
  const epsilon = f64x2.splat(1e-8);
  const rates = f64x2.splat(-rate);
  let squares = f64x2.splat(0);
  const end = w + (<usize>count << 3);
  while (w < end) {
    const weight = v128.load(w);
    const gradient = f64x2.div(f64x2.add(v128.load(g), f64x2.mul(alphas, weight)), divisor);
    const first = f64x2.add(f64x2.mul(beta1, v128.load(m)), f64x2.mul(rest1, gradient));
    const second = f64x2.add(f64x2.mul(beta2, v128.load(v)), f64x2.mul(rest2, f64x2.mul(gradient, gradient)));
    v128.store(m, first);
    v128.store(v, second);
    const moved = f64x2.add(weight, f64x2.div(f64x2.mul(rates, first), f64x2.add(f64x2.sqrt(second), epsilon)));
    v128.store(w, moved);
    squares = f64x2.add(squares, f64x2.mul(moved, moved));
    w += 16;
    g += 16;
    m += 16;
    v += 16;
  }
  return f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
}
