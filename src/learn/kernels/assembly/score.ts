/** Decisions of many rows, and the scores of decisions: ../../scoring.ts, with a logarithm of its own (last bits of a loss may differ). */
import { exp } from './exp';

/**
 * decisions[row, class] = x . coef[class] + intercept[class], each sum in column order; four rows at a time,
 * so that one sum's additions fill the wait of another's.
 */
export function decide(x: usize, rows: i32, columns: i32, coef: usize, intercept: usize, classes: i32, decisions: usize): void {
  const bytes = <usize>columns << 3;
  const step = <usize>classes << 3;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const x1 = x + bytes;
    const x2 = x1 + bytes;
    const x3 = x2 + bytes;
    for (let k = 0; k < classes; k++) {
      const w = coef + <usize>k * bytes;
      let a: f64 = 0.0;
      let b: f64 = 0.0;
      let c: f64 = 0.0;
      let d: f64 = 0.0;
      for (let j: usize = 0; j < bytes; j += 8) {
        const weight = load<f64>(w + j);
        a += load<f64>(x + j) * weight;
        b += load<f64>(x1 + j) * weight;
        c += load<f64>(x2 + j) * weight;
        d += load<f64>(x3 + j) * weight;
      }
      const bias = load<f64>(intercept + (<usize>k << 3));
      const out = decisions + (<usize>k << 3);
      store<f64>(out, a + bias);
      store<f64>(out + step, b + bias);
      store<f64>(out + 2 * step, c + bias);
      store<f64>(out + 3 * step, d + bias);
    }
    x = x3 + bytes;
    decisions += 4 * step;
  }
  for (; i < rows; i++) {
    for (let k = 0; k < classes; k++) {
      const w = coef + <usize>k * bytes;
      let sum: f64 = 0.0;
      for (let j: usize = 0; j < bytes; j += 8) sum += load<f64>(x + j) * load<f64>(w + j);
      store<f64>(decisions + (<usize>k << 3), sum + load<f64>(intercept + (<usize>k << 3)));
    }
    x += bytes;
    decisions += step;
  }
}

let hitCount: f64 = 0;

/** Rows that the last scoring found predicted as they are. */
export function hits(): f64 {
  return hitCount;
}

function clippedLog(p: f64): f64 {
  return NativeMath.log(min(max(p, f64.EPSILON), 1.0 - f64.EPSILON));
}

/** Sum of hinge losses; counts hits. One column: two classes by sign. */
export function scoreHinge(decisions: usize, codes: usize, rows: i32, columns: i32): f64 {
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    if (columns == 1) {
      const decision = load<f64>(decisions);
      found += <f64>(<i32>(decision > 0.0) == code);
      loss += max(0.0, 1.0 - (code == 1 ? decision : -decision));
    } else {
      const own = load<f64>(decisions + (<usize>code << 3));
      const rival = largestRival(decisions, columns, code);
      found += <f64>(largest(decisions, columns) == code);
      loss += max(0.0, 1.0 - (own - rival));
    }
    decisions += <usize>columns << 3;
  }
  hitCount = found;
  return loss;
}

/** Sum of log losses of one-vs-rest decisions; counts hits. */
export function scoreLogistic(decisions: usize, codes: usize, rows: i32, columns: i32): f64 {
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    if (columns == 1) {
      const decision = load<f64>(decisions);
      const p = 1.0 / (1.0 + exp(-decision));
      found += <f64>(<i32>(decision > 0.0) == code);
      loss -= clippedLog(code == 1 ? p : 1.0 - p);
    } else {
      let sum: f64 = 0.0;
      let own: f64 = 0.0;
      for (let k = 0; k < columns; k++) {
        const p = 1.0 / (1.0 + exp(-load<f64>(decisions + (<usize>k << 3))));
        sum += p;
        if (k == code) own = p;
      }
      found += <f64>(largest(decisions, columns) == code);
      loss -= clippedLog(sum == 0.0 ? 1.0 / <f64>columns : own / sum);
    }
    decisions += <usize>columns << 3;
  }
  hitCount = found;
  return loss;
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

function largestRival(row: usize, columns: i32, code: i32): f64 {
  let top: f64 = -Infinity;
  for (let k = 0; k < columns; k++) if (k != code) top = max(top, load<f64>(row + (<usize>k << 3)));
  return top;
}
