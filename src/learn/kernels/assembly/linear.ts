/**
 * The pass of ../../linear/sgd-pass.ts: the same operations in the same order, so the same bits.
 *
 * What makes it fast, when every sum must keep its one accumulator:
 * - A sum of products is a chain: each addition waits four cycles for the one before. So the second lane of
 *   each vector carries another chain for nothing: the same row under the weights that the pass began with,
 *   which is the decision that scores the epoch before. Weights lie in memory as pairs (now, then).
 * - Four or five one-vs-rest classes, each at a row of its own order, run side by side and fill the wait. Their rows
 *   lie anywhere in memory, so the next few are touched beforehand, all waiting for memory at once; or, where
 *   there is room, each class has a copy of the rows in its own order.
 * - PA's squared norms are summed in the shadow of the products; for several problems once, beforehand.
 * Tried and lost a third: with a hinge, to sum the next rows side by side in the hope that this one moves nothing.
 * The processor, which foresees the branch, does that by itself.
 */
import { exp } from './exp';
import { drawIn } from './l1-penalty';

/** `t ** exponent` of the host, so that both paths take the same step. */
// @ts-ignore: decorator
@external('host', 'power')
declare function power(t: f64, exponent: f64): f64;

/** One class against the rest: what it needs and what it carries from call to call. The host knows the offsets. */
@unmanaged
export class Problem {
  weights: usize; // pairs (now, then), one a column, `pairStep` bytes apart
  order: usize; // row numbers by visit, or 0: rows lie in order of visit
  codes: usize; // class code of each row, i32
  norms: usize; // squared norm of each row; PA of several problems only
  decisions: usize; // where to put each row's decision by the weights then
  pairStep: i32; // 16, or 64 or 80 where four or five problems lie interleaved
  positive: i32;
  columns: i32;
  loss: i32; // 0 log loss, 1 hinge
  step: i32; // 0 constant, 1 optimal, 2 invscaling, 3 pa1, 4 pa2
  shrinks: i32;
  ownRows: usize; // the matrix in this problem's order of visit, or 0
  drawn: usize; // the L1 part's q, a double a column, or 0 without it
  unused: i32; // doubles begin at a multiple of 8
  s: f64;
  b: f64;
  bThen: f64;
  t: f64;
  u: f64; // what the L1 part could have drawn each weight so far
  eta0: f64;
  powerT: f64;
  alpha: f64;
  l1Ratio: f64;
  l2Ratio: f64; // 1 - l1_ratio
  optimalStart: f64;
  positiveWeight: f64;
  negativeWeight: f64;
  threshold: f64;
}

/** Visits rows `from` to `to - 1` of a matrix that lies in order of visit. */
export function passOne(p: Problem, x: usize, from: i32, to: i32): void {
  const bytes = <usize>p.columns << 3;
  let row = x + <usize>from * bytes;
  const squares = p.step >= 3;
  for (let i = from; i < to; i++) {
    const sums = squares ? dotPairsAndSquares(row, p.weights, bytes) : dotPairs(row, p.weights, bytes);
    keep(p, i, sums);
    learn(p, row, i, f64x2.extract_lane(sums, 0), norm);
    row += bytes;
  }
}

/** Visits `from` to `to - 1` of four classes, each in its own order; their weights lie interleaved from p's on. */
export function passFour(p: Problem, q: Problem, r: Problem, s: Problem, x: usize, from: i32, to: i32): void {
  passMany(p, q, r, s, s, x, from, to, false);
}

/** The same for five classes. */
export function passFive(p: Problem, q: Problem, r: Problem, s: Problem, u: Problem, x: usize, from: i32, to: i32): void {
  passMany(p, q, r, s, u, x, from, to, true);
}

// @ts-ignore: decorator
@inline
function passMany(
  p: Problem, q: Problem, r: Problem, s: Problem, u: Problem, x: usize, from: i32, to: i32, five: bool,
): void {
  const bytes = <usize>p.columns << 3;
  const own = p.ownRows != 0;
  for (let i = from; i < to; i++) {
    const at = <usize>i << 2;
    const rowP = load<i32>(p.order + at);
    const rowQ = load<i32>(q.order + at);
    const rowR = load<i32>(r.order + at);
    const rowS = load<i32>(s.order + at);
    const rowU = five ? load<i32>(u.order + at) : 0;
    if (!own && ((i - from) & (block - 1)) == 0) {
      const count = min(block, to - i);
      touch(x, p.order + at, count, bytes);
      touch(x, q.order + at, count, bytes);
      touch(x, r.order + at, count, bytes);
      touch(x, s.order + at, count, bytes);
      if (five) touch(x, u.order + at, count, bytes);
    }
    const visit = <usize>i * bytes;
    let xP = own ? p.ownRows + visit : x + <usize>rowP * bytes;
    let xQ = own ? q.ownRows + visit : x + <usize>rowQ * bytes;
    let xR = own ? r.ownRows + visit : x + <usize>rowR * bytes;
    let xS = own ? s.ownRows + visit : x + <usize>rowS * bytes;
    let xU: usize = 0;
    if (five) xU = own ? u.ownRows + visit : x + <usize>rowU * bytes;
    let w = p.weights;
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let c = f64x2.splat(0);
    let d = f64x2.splat(0);
    let e = f64x2.splat(0);
    const end = xP + bytes;
    while (xP < end) {
      a = f64x2.add(a, f64x2.mul(v128.load64_splat(xP), v128.load(w)));
      b = f64x2.add(b, f64x2.mul(v128.load64_splat(xQ), v128.load(w, 16)));
      c = f64x2.add(c, f64x2.mul(v128.load64_splat(xR), v128.load(w, 32)));
      d = f64x2.add(d, f64x2.mul(v128.load64_splat(xS), v128.load(w, 48)));
      if (five) e = f64x2.add(e, f64x2.mul(v128.load64_splat(xU), v128.load(w, 64)));
      xP += 8;
      xQ += 8;
      xR += 8;
      xS += 8;
      if (five) xU += 8;
      w += five ? 80 : 64;
    }
    keep(p, rowP, a);
    keep(q, rowQ, b);
    keep(r, rowR, c);
    keep(s, rowS, d);
    if (five) keep(u, rowU, e);
    learn(p, xP - bytes, rowP, f64x2.extract_lane(a, 0), normOf(p, rowP));
    learn(q, xQ - bytes, rowQ, f64x2.extract_lane(b, 0), normOf(q, rowQ));
    learn(r, xR - bytes, rowR, f64x2.extract_lane(c, 0), normOf(r, rowR));
    learn(s, xS - bytes, rowS, f64x2.extract_lane(d, 0), normOf(s, rowS));
    if (five) learn(u, xU - bytes, rowU, f64x2.extract_lane(e, 0), normOf(u, rowU));
  }
}

/** Visits whose rows are touched at a time: few enough to stay in the nearest cache. */
const block = 16;
let touched: i32 = 0;

/** Reads a byte of each cache line of the next rows: loads that wait for nothing but memory, and so wait together. */
function touch(x: usize, order: usize, count: i32, bytes: usize): void {
  let all = 0;
  for (let i = 0; i < count; i++) {
    const row = x + <usize>load<i32>(order + (<usize>i << 2)) * bytes;
    for (let line: usize = 0; line < bytes; line += 64) all |= load<u8>(row + line);
    all |= load<u8>(row + bytes - 1);
  }
  touched = all;
}

/** Both sums of products of a row: with the weights now and then, each in column order. */
function dotPairs(x: usize, w: usize, bytes: usize): v128 {
  let sums = f64x2.splat(0);
  const end = x + bytes;
  const unrolled = x + (bytes & ~31);
  while (x < unrolled) {
    sums = f64x2.add(sums, f64x2.mul(v128.load64_splat(x), v128.load(w)));
    sums = f64x2.add(sums, f64x2.mul(v128.load64_splat(x, 8), v128.load(w, 16)));
    sums = f64x2.add(sums, f64x2.mul(v128.load64_splat(x, 16), v128.load(w, 32)));
    sums = f64x2.add(sums, f64x2.mul(v128.load64_splat(x, 24), v128.load(w, 48)));
    x += 32;
    w += 64;
  }
  while (x < end) {
    sums = f64x2.add(sums, f64x2.mul(v128.load64_splat(x), v128.load(w)));
    x += 8;
    w += 16;
  }
  return sums;
}

/** Squared norm of the row that `dotPairsAndSquares` was given last. */
let norm: f64 = 0;

/** The same, and the row's squared norm in column order: its chain runs beside the others for nothing. */
function dotPairsAndSquares(x: usize, w: usize, bytes: usize): v128 {
  let sums = f64x2.splat(0);
  let squares: f64 = 0.0;
  const end = x + bytes;
  while (x < end) {
    const value = load<f64>(x);
    squares += value * value;
    sums = f64x2.add(sums, f64x2.mul(f64x2.splat(value), v128.load(w)));
    x += 8;
    w += 16;
  }
  norm = squares;
  return sums;
}

/** Keeps the decision of the weights then. */
function keep(p: Problem, row: i32, sums: v128): void {
  store<f64>(p.decisions + (<usize>row << 3), f64x2.extract_lane(sums, 1) + p.bThen);
}

/** The squared norm of a row, taken beforehand; PA only. */
function normOf(p: Problem, row: i32): f64 {
  return p.step >= 3 ? load<f64>(p.norms + (<usize>row << 3)) : 0.0;
}

/** The update of one row, given its sum of products with the weights now, and for PA its squared norm. */
function learn(p: Problem, x: usize, row: i32, dot: f64, norm: f64): void {
  const isPositive = load<i32>(p.codes + (<usize>row << 2)) == p.positive;
  // By arithmetic and by address: labels come in no order, and a choice would be a branch that nobody foresees.
  const target = <f64>(2 * <i32>isPositive - 1);
  const decision = dot * p.s + p.b;
  let eta = p.eta0;
  let update: f64;
  if (p.step >= 3) {
    const loss = max(0.0, p.threshold - decision * target);
    if (p.step == 3) update = norm == 0.0 ? 0.0 : min(eta, loss / norm);
    else update = loss / (norm + 0.5 / eta);
    update *= target;
  } else {
    if (p.step == 1) eta = 1.0 / (p.alpha * (p.optimalStart + p.t - 1.0));
    else if (p.step == 2) eta = eta / (p.powerT == 0.5 ? sqrt(p.t) : power(p.t, p.powerT));
    update = -eta * gradient(p, target, decision);
  }
  p.t += 1.0;
  update *= load<f64>(changetype<usize>(p) + offsetof<Problem>('negativeWeight') - (<usize>isPositive << 3));
  let s = p.s;
  if (p.shrinks) {
    s *= max(0.0, 1.0 - p.l2Ratio * eta * p.alpha);
    if (s < 1e-9) {
      fold(p, s);
      s = 1.0;
    }
    p.s = s;
  }
  if (update != 0.0) {
    if (p.pairStep == 16) move(p.weights, x, <usize>p.columns << 3, update / s);
    else moveApart(p.weights, x, <usize>p.columns << 3, update / s, <usize>p.pairStep);
    p.b += update;
  }
  if (p.drawn) {
    p.u += p.l1Ratio * eta * p.alpha;
    drawIn(p.weights, p.drawn, <usize>p.columns << 3, <usize>p.pairStep, p.u, s);
  }
}

function gradient(p: Problem, target: f64, decision: f64): f64 {
  if (p.loss) return decision * target <= p.threshold ? -target : 0.0;
  if (decision > -37.0) {
    const e = exp(-decision);
    return (target > 0.0 ? -e : 1.0) / (1.0 + e);
  }
  return target > 0.0 ? exp(decision) - 1.0 : exp(decision);
}

/** w <- w + x c, in the first lane; adding 0 leaves the second as it is. */
function move(w: usize, x: usize, bytes: usize, c: f64): void {
  const factor = f64x2.replace_lane(f64x2.splat(0), 0, c);
  const end = x + bytes;
  const unrolled = x + (bytes & ~31);
  while (x < unrolled) {
    v128.store(w, f64x2.add(v128.load(w), f64x2.mul(v128.load64_splat(x), factor)));
    v128.store(w, f64x2.add(v128.load(w, 16), f64x2.mul(v128.load64_splat(x, 8), factor)), 16);
    v128.store(w, f64x2.add(v128.load(w, 32), f64x2.mul(v128.load64_splat(x, 16), factor)), 32);
    v128.store(w, f64x2.add(v128.load(w, 48), f64x2.mul(v128.load64_splat(x, 24), factor)), 48);
    x += 32;
    w += 64;
  }
  while (x < end) {
    v128.store(w, f64x2.add(v128.load(w), f64x2.mul(v128.load64_splat(x), factor)));
    x += 8;
    w += 16;
  }
}

/** The same where the pairs of several problems lie interleaved, `step` bytes from one column's to the next. */
function moveApart(w: usize, x: usize, bytes: usize, c: f64, step: usize): void {
  const end = x + bytes;
  const unrolled = x + (bytes & ~15);
  const two = step << 1;
  let next = w + step;
  while (x < unrolled) {
    store<f64>(w, load<f64>(w) + load<f64>(x) * c);
    store<f64>(next, load<f64>(next) + load<f64>(x, 8) * c);
    x += 16;
    w += two;
    next += two;
  }
  if (x < end) store<f64>(w, load<f64>(w) + load<f64>(x) * c);
}

/** w <- w s, for the weights now. */
function fold(p: Problem, s: f64): void {
  let w = p.weights;
  for (let j = 0; j < p.columns; j++) {
    store<f64>(w, load<f64>(w) * s);
    w += p.pairStep;
  }
}

/**
 * Squared norm of each row, in column order; eight rows at a time, two in a vector, so that one sum's additions fill
 * the wait of another's.
 */
export function squaredNorms(x: usize, rows: i32, columns: i32, norms: usize): void {
  const bytes = <usize>columns << 3;
  let i = 0;
  for (; i + 8 <= rows; i += 8) {
    normsOfEight(x, bytes, norms);
    x += bytes << 3;
    norms += 64;
  }
  for (; i < rows; i++) {
    let sum: f64 = 0.0;
    for (let j: usize = 0; j < bytes; j += 8) sum += load<f64>(x + j) * load<f64>(x + j);
    store<f64>(norms, sum);
    x += bytes;
    norms += 8;
  }
}

/** Eight rows from x on. */
function normsOfEight(x: usize, bytes: usize, norms: usize): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const x2 = bytes << 1;
  const x4 = bytes << 2;
  const paired = x + (bytes & ~15);
  while (x < paired) {
    a = addSquares(a, v128.load(x), v128.load(x + bytes));
    b = addSquares(b, v128.load(x + x2), v128.load(x + x2 + bytes));
    c = addSquares(c, v128.load(x + x4), v128.load(x + x4 + bytes));
    d = addSquares(d, v128.load(x + x4 + x2), v128.load(x + x4 + x2 + bytes));
    x += 16;
  }
  if (bytes & 8) {
    a = addSquares(a, v128.load64_zero(x), v128.load64_zero(x + bytes));
    b = addSquares(b, v128.load64_zero(x + x2), v128.load64_zero(x + x2 + bytes));
    c = addSquares(c, v128.load64_zero(x + x4), v128.load64_zero(x + x4 + bytes));
    d = addSquares(d, v128.load64_zero(x + x4 + x2), v128.load64_zero(x + x4 + x2 + bytes));
  }
  v128.store(norms, a);
  v128.store(norms, b, 16);
  v128.store(norms, c, 32);
  v128.store(norms, d, 48);
}

/** Adds the squares of two neighbouring columns of two rows, the left ones first; a column of 0 adds nothing. */
// @ts-ignore: decorator
@inline
function addSquares(sums: v128, even: v128, odd: v128): v128 {
  const left = v128.shuffle<f64>(even, odd, 0, 2);
  const right = v128.shuffle<f64>(even, odd, 1, 3);
  return f64x2.add(f64x2.add(sums, f64x2.mul(left, left)), f64x2.mul(right, right));
}
