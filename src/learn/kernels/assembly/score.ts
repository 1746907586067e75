/** Decisions of many rows, and the scores of decisions: ../../scoring.ts, with a logarithm of its own (last bits of a loss may differ). */
import { exp, quickExp } from './exp';

/**
 * decisions[class, row] = x . coef[class] + intercept[class], each sum in column order; eight rows at a time, two in
 * a vector, so that one sum's additions fill the wait of another's. `line` is bytes from one class's decisions to
 * the next's.
 */
export function decideStretch(
  x: usize, rows: i32, columns: i32, coef: usize, intercept: usize, classes: i32, decisions: usize, line: usize,
): void {
  const bytes = <usize>columns << 3;
  let i = 0;
  for (; i + 8 <= rows; i += 8) {
    let out = decisions + (<usize>i << 3);
    let w = coef;
    for (let k = 0; k < classes; k++) {
      decideEight(x, bytes, w, load<f64>(intercept + (<usize>k << 3)), out);
      w += bytes;
      out += line;
    }
    x += bytes << 3;
  }
  for (; i < rows; i++) {
    let out = decisions + (<usize>i << 3);
    let w = coef;
    for (let k = 0; k < classes; k++) {
      let sum: f64 = 0.0;
      for (let j: usize = 0; j < bytes; j += 8) sum += load<f64>(x + j) * load<f64>(w + j);
      store<f64>(out, sum + load<f64>(intercept + (<usize>k << 3)));
      w += bytes;
      out += line;
    }
    x += bytes;
  }
}

/** Eight rows from x on, for one class. */
function decideEight(x: usize, bytes: usize, w: usize, bias: f64, out: usize): void {
  let x1 = x + bytes;
  let x2 = x1 + bytes;
  let x3 = x2 + bytes;
  let x4 = x3 + bytes;
  let x5 = x4 + bytes;
  let x6 = x5 + bytes;
  let x7 = x6 + bytes;
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const paired = x + (bytes & ~15);
  while (x < paired) {
    const w0 = v128.load64_splat(w);
    const w1 = v128.load64_splat(w, 8);
    let even = v128.load(x);
    let odd = v128.load(x1);
    a = f64x2.add(a, f64x2.mul(v128.shuffle<f64>(even, odd, 0, 2), w0));
    a = f64x2.add(a, f64x2.mul(v128.shuffle<f64>(even, odd, 1, 3), w1));
    even = v128.load(x2);
    odd = v128.load(x3);
    b = f64x2.add(b, f64x2.mul(v128.shuffle<f64>(even, odd, 0, 2), w0));
    b = f64x2.add(b, f64x2.mul(v128.shuffle<f64>(even, odd, 1, 3), w1));
    even = v128.load(x4);
    odd = v128.load(x5);
    c = f64x2.add(c, f64x2.mul(v128.shuffle<f64>(even, odd, 0, 2), w0));
    c = f64x2.add(c, f64x2.mul(v128.shuffle<f64>(even, odd, 1, 3), w1));
    even = v128.load(x6);
    odd = v128.load(x7);
    d = f64x2.add(d, f64x2.mul(v128.shuffle<f64>(even, odd, 0, 2), w0));
    d = f64x2.add(d, f64x2.mul(v128.shuffle<f64>(even, odd, 1, 3), w1));
    x += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
    x4 += 16;
    x5 += 16;
    x6 += 16;
    x7 += 16;
    w += 16;
  }
  if (bytes & 8) {
    const last = v128.load64_splat(w);
    a = f64x2.add(a, f64x2.mul(two(x, x1), last));
    b = f64x2.add(b, f64x2.mul(two(x2, x3), last));
    c = f64x2.add(c, f64x2.mul(two(x4, x5), last));
    d = f64x2.add(d, f64x2.mul(two(x6, x7), last));
  }
  const biases = f64x2.splat(bias);
  v128.store(out, f64x2.add(a, biases));
  v128.store(out, f64x2.add(b, biases), 16);
  v128.store(out, f64x2.add(c, biases), 32);
  v128.store(out, f64x2.add(d, biases), 48);
}

function two(first: usize, second: usize): v128 {
  return f64x2.replace_lane(v128.load64_splat(first), 1, load<f64>(second));
}

let hitCount: f64 = 0;

/** Rows that the last scoring found predicted as they are. */
export function hits(): f64 {
  return hitCount;
}

function clippedLog(p: f64): f64 {
  return NativeMath.log(min(max(p, f64.EPSILON), 1.0 - f64.EPSILON));
}

/** Sum of hinge losses of decisions[class, row]; counts hits. One class: two by sign. */
export function scoreHingeStretch(decisions: usize, codes: usize, rows: i32, classes: i32, line: usize): f64 {
  if (classes == 1) return scoreMargins(decisions, codes, rows);
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    const own = load<f64>(decisions + <usize>code * line);
    // The true class is predicted when it beats every rival, and those before it outright.
    let rival: f64 = -Infinity;
    let earlier: f64 = -Infinity;
    let at = decisions;
    for (let k = 0; k < classes; k++) {
      const value = k == code ? -Infinity : load<f64>(at);
      rival = max(rival, value);
      if (k < code) earlier = max(earlier, value);
      at += line;
    }
    found += <f64>(own >= rival && own > earlier);
    loss += max(0.0, 1.0 - (own - rival));
    decisions += 8;
  }
  hitCount = found;
  return loss;
}

/** The hinge losses and hits of two classes, two rows at a time and without a branch. */
function scoreMargins(decisions: usize, codes: usize, rows: i32): f64 {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let losses = zero;
  let found = zero;
  for (let i = 0; i < rows; i += 2) {
    const last = i + 1 == rows; // The row beyond the last one counts as one without a loss or a hit.
    const decision = last ? v128.load64_zero(decisions) : v128.load(decisions);
    const code = f64x2.convert_low_i32x4_s(last ? v128.load32_zero(codes) : v128.load64_zero(codes));
    const margin = f64x2.mul(decision, f64x2.sub(f64x2.add(code, code), one));
    let loss = f64x2.pmax(f64x2.sub(one, margin), zero);
    let hit = v128.and(f64x2.eq(v128.and(f64x2.gt(decision, zero), one), code), one);
    if (last) {
      loss = f64x2.replace_lane(loss, 1, 0);
      hit = f64x2.replace_lane(hit, 1, 0);
    }
    losses = f64x2.add(losses, loss);
    found = f64x2.add(found, hit);
    decisions += 16;
    codes += 8;
  }
  hitCount = f64x2.extract_lane(found, 0) + f64x2.extract_lane(found, 1);
  return f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1);
}

/** Sum of log losses of one-vs-rest decisions[class, row]; counts hits. One class: two by sign. */
export function scoreLogisticStretch(decisions: usize, codes: usize, rows: i32, classes: i32, line: usize): f64 {
  if (classes == 1) return scoreLogistics(decisions, codes, rows);
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    const own = load<f64>(decisions + <usize>code * line);
    let rival: f64 = -Infinity;
    let earlier: f64 = -Infinity;
    let sum: f64 = 0.0;
    let at = decisions;
    for (let k = 0; k < classes; k++) {
      const decision = load<f64>(at);
      const value = k == code ? -Infinity : decision;
      rival = max(rival, value);
      if (k < code) earlier = max(earlier, value);
      sum += sigmoid(decision);
      at += line;
    }
    found += <f64>(own >= rival && own > earlier);
    loss -= clippedLog(sum == 0.0 ? 1.0 / <f64>classes : sigmoid(own) / sum);
    decisions += 8;
  }
  hitCount = found;
  return loss;
}

/** Rows whose probabilities are multiplied before one logarithm: the least of them, 2^-52 each, make a double. */
const factors = 16;

/** The log losses and hits of two classes: the sum of logarithms is the logarithm of a product. */
function scoreLogistics(decisions: usize, codes: usize, rows: i32): f64 {
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; ) {
    const end = min(rows, i + factors);
    let product: f64 = 1.0;
    for (; i < end; i++) {
      const code = load<i32>(codes);
      const decision = load<f64>(decisions);
      const p = sigmoid(decision);
      found += <f64>(<i32>(decision > 0.0) == code);
      // |(1 - code) - p| without a choice: labels come in no order, and a branch would be foreseen by nobody.
      product *= min(max(abs(<f64>(1 - code) - p), f64.EPSILON), 1.0 - f64.EPSILON);
      decisions += 8;
      codes += 4;
    }
    loss -= NativeMath.log(product);
  }
  hitCount = found;
  return loss;
}

/** The logistic function for a score, where the last bit does not matter: `exp` without its second look. */
function sigmoid(z: f64): f64 {
  return 1.0 / (1.0 + quickExp(-z));
}

/** Sum of log losses of a network's last layer before logistic or softmax; counts hits. */
export function scoreNetwork(outputs: usize, codes: usize, rows: i32, columns: i32): f64 {
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    toProbabilities(outputs, columns);
    if (columns == 1) {
      const p = load<f64>(outputs);
      found += <f64>(<i32>(p > 0.5) == code);
      loss -= clippedLog(code == 1 ? p : 1.0 - p);
    } else {
      found += <f64>(largest(outputs, columns) == code);
      loss -= clippedLog(load<f64>(outputs + (<usize>code << 3)));
    }
    outputs += <usize>columns << 3;
  }
  hitCount = found;
  return loss;
}

/** One row of the last layer's outputs into probabilities, in place. */
export function toProbabilities(row: usize, columns: i32): void {
  if (columns == 1) {
    store<f64>(row, 1.0 / (1.0 + exp(-load<f64>(row))));
    return;
  }
  const end = row + (<usize>columns << 3);
  let top = load<f64>(row);
  for (let z = row + 8; z < end; z += 8) top = max(top, load<f64>(z));
  let sum: f64 = 0.0;
  for (let z = row; z < end; z += 8) {
    const e = exp(load<f64>(z) - top);
    store<f64>(z, e);
    sum += e;
  }
  for (let z = row; z < end; z += 8) store<f64>(z, load<f64>(z) / sum);
}

/** The first of the largest. */
function largest(row: usize, columns: i32): i32 {
  let best = 0;
  let top = load<f64>(row);
  for (let k = 1; k < columns; k++) {
    const value = load<f64>(row + (<usize>k << 3));
    if (value > top) {
      top = value;
      best = k;
    }
  }
  return best;
}

/** The same where the decisions of these rows are all there are. */
export function decide(x: usize, rows: i32, columns: i32, coef: usize, intercept: usize, classes: i32, decisions: usize): void {
  decideStretch(x, rows, columns, coef, intercept, classes, decisions, <usize>rows << 3);
}

export function scoreHinge(decisions: usize, codes: usize, rows: i32, classes: i32): f64 {
  return scoreHingeStretch(decisions, codes, rows, classes, <usize>rows << 3);
}

export function scoreLogistic(decisions: usize, codes: usize, rows: i32, classes: i32): f64 {
  return scoreLogisticStretch(decisions, codes, rows, classes, <usize>rows << 3);
}
