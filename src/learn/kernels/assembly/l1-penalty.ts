/**
 * The L1 part of a penalty, which follows every row: `truncate` of ../../linear/sgd-pass.ts, so the same bits.
 *
 * The cumulative penalty of Tsuruoka, Tsujii and Ananiadou (2009): `u` is what each weight could have been drawn
 * towards 0 so far in this pass, q[j] what weight j was, with its sign. For a weight s z,
 *
 *   z > 0:  z' = max(0, z - (u + q) / s)      z < 0:  z' = min(0, z + (u - q) / s)      q' = q + s (z' - z)
 *
 * What makes it fast:
 * - Both sides are z - (q + u or - u) / s, cut at 0, for negating is exact. So there is nothing to branch on, and two
 *   columns go side by side: weights near 0 change sign in no order, which no processor foresees.
 * - Under `l1` alone s stays 1, and the division, which is the slowest of all this, is left out: x / 1 is x.
 */

/**
 * Draws every weight in, once.
 * @param w the first column's weight, of pairs (now, then) that lie `step` bytes apart; the second lane stays
 * @param q what each weight was drawn so far, one double a column
 * @param bytes of a row
 */
export function drawIn(w: usize, q: usize, bytes: usize, step: usize, u: f64, s: f64): void {
  if (s == 1.0) drawAll(w, q, bytes, step, u, s, true);
  else drawAll(w, q, bytes, step, u, s, false);
}

// @ts-ignore: decorator
@inline
function drawAll(w: usize, q: usize, bytes: usize, step: usize, u: f64, s: f64, whole: bool): void {
  const us = f64x2.splat(u);
  const factors = f64x2.splat(s);
  const paired = q + (bytes & ~15);
  while (q < paired) {
    const even = v128.load(w);
    const odd = v128.load(w + step);
    const z = v128.shuffle<f64>(even, odd, 0, 2);
    const drawn = v128.load(q);
    const left = drawOne(z, drawn, us, factors, whole);
    v128.store(w, v128.shuffle<f64>(left, even, 0, 3));
    v128.store(w + step, v128.shuffle<f64>(left, odd, 1, 3));
    v128.store(q, add(drawn, f64x2.sub(left, z), factors, whole));
    q += 16;
    w += step << 1;
  }
  if (bytes & 8) {
    const z = v128.load64_zero(w);
    const drawn = v128.load64_zero(q);
    const left = drawOne(z, drawn, us, factors, whole);
    v128.store64_lane(w, left, 0);
    v128.store64_lane(q, add(drawn, f64x2.sub(left, z), factors, whole), 0);
  }
}

/** What is left of two weights z. One whose product with s has vanished stays as it is. */
// @ts-ignore: decorator
@inline
function drawOne(z: v128, q: v128, u: v128, s: v128, whole: bool): v128 {
  const zero = f64x2.splat(0);
  const negative = f64x2.lt(z, zero);
  const owed = f64x2.add(q, v128.xor(u, v128.and(negative, f64x2.splat(-0.0))));
  const drawn = f64x2.sub(z, whole ? owed : f64x2.div(owed, s));
  const cut = v128.bitselect(f64x2.pmin(drawn, zero), f64x2.pmax(drawn, zero), negative);
  return v128.bitselect(cut, z, f64x2.ne(whole ? z : f64x2.mul(s, z), zero));
}

/** q + s change. */
// @ts-ignore: decorator
@inline
function add(q: v128, change: v128, s: v128, whole: bool): v128 {
  return f64x2.add(q, whole ? change : f64x2.mul(s, change));
}
