/** Decisions of many rows, and the scores of decisions: ../../scoring.ts, with a logarithm of its own (last bits of a loss may differ). */
import { exp, quickExp } from './exp';

/**
 * decisions[class, row] = x . coef[class] + intercept[class], each sum in column order; four rows at a time,
 * so that one sum's additions fill the wait of another's. `line` is bytes from one class's decisions to the next's.
 */
export function decideStretch(
  x: usize, rows: i32, columns: i32, coef: usize, intercept: usize, classes: i32, decisions: usize, line: usize,
): void {
  const bytes = <usize>columns << 3;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const x1 = x + bytes;
    const x2 = x1 + bytes;
    const x3 = x2 + bytes;
    let out = decisions + (<usize>i << 3);
    let w = coef;
    for (let k = 0; k < classes; k++) {
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
      store<f64>(out, a + bias);
      store<f64>(out, b + bias, 8);
      store<f64>(out, c + bias, 16);
      store<f64>(out, d + bias, 24);
      w += bytes;
      out += line;
    }
    x = x3 + bytes;
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
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    if (classes == 1) {
      const decision = load<f64>(decisions);
      found += <f64>(<i32>(decision > 0.0) == code);
      loss += max(0.0, 1.0 - (code == 1 ? decision : -decision));
    } else {
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
    }
    decisions += 8;
  }
  hitCount = found;
  return loss;
}

/** Sum of log losses of one-vs-rest decisions[class, row]; counts hits. One class: two by sign. */
export function scoreLogisticStretch(decisions: usize, codes: usize, rows: i32, classes: i32, line: usize): f64 {
  let found: f64 = 0.0;
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) {
    const code = load<i32>(codes + (<usize>i << 2));
    if (classes == 1) {
      const decision = load<f64>(decisions);
      const p = 1.0 / (1.0 + exp(-decision));
      found += <f64>(<i32>(decision > 0.0) == code);
      loss -= clippedLog(code == 1 ? p : 1.0 - p);
    } else {
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
    }
    decisions += 8;
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
