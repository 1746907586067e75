/**
 * The exponential function of the GNU C library, bit by bit.
 *
 * Why not `Math.exp`: it differs from glibc's in about one argument of ten, by the last bit. With
 * `learning_rate='optimal'` the first steps are of size 10, training is chaotic, and that bit grows to 1e-5
 * in the weights; scikit-learn calls glibc.
 *
 * The algorithm (S. Nagy, ARM optimized routines, 2018; glibc's `e_exp.c`, N = 128): with x = k ln2/N + r,
 *
 *   exp(x) = 2^(k/N) exp(r) = H (1 + tmp),   tmp = T + r + r^2 (C2 + r C3) + r^4 (C4 + r C5)
 *
 * where H is the double nearest 2^(k/N) and T its relative error. glibc picks the build of that source that
 * uses fused multiply-add on any processor that has it, so six of its operations round once where
 * JavaScript's `a * b + c` rounds twice. The last one, H + H * tmp, decides: the sum is taken with its
 * rounding error, and only where that error says the rounding could have gone the other way is everything
 * done again with emulated fused operations.
 */

const N = 128;
const invLn2N = fromBits(0x3ff71547652b82fen) * N;
/** Adding and subtracting 1.5 * 2^52 rounds to a whole number. */
const shift = 6755399441055744;
const negLn2HighN = fromBits(0xbf762e42fefa0000n);
const negLn2LowN = fromBits(0xbd0cf79abc9e3b3an);
const C2 = fromBits(0x3fdffffffffffdbdn);
const C3 = fromBits(0x3fc555555555543cn);
const C4 = fromBits(0x3fa55555cf172b91n);
const C5 = fromBits(0x3f81111167a4d017n);

/** Beyond this the result nears the ends of the double range, where `Math.exp` is as good. */
const widest = 500;
/** A sum is doubtful when its rounding error is this near (as a share of half a unit in the last place) to going the other way; all errors before it add up to less. */
const doubt = 2 ** -6;

/** H and T for i = 0..127. */
export const powers = new Float64Array(N);
export const tails = new Float64Array(N);
fillTables();

const word = new DataView(new ArrayBuffer(8));
const doubleOf = new Float64Array(1);
const wordsOf = new Int32Array(doubleOf.buffer);

/** e^x as glibc computes it with fused multiply-add, for |x| up to 500; beyond, `Math.exp`. */
export function exactExp(x: number): number {
  if (!(Math.abs(x) <= widest)) return Math.exp(x);
  if (Math.abs(x) < 5.551115123125783e-17) return 1 + x;
  const k = invLn2N * x + shift - shift;
  const i = k & (N - 1);
  const r = x + k * negLn2HighN + k * negLn2LowN;
  const r2 = r * r;
  const tail = tails[i] as number;
  const tmp = tail + r + r2 * (C2 + r * C3) + r2 * r2 * (C4 + r * C5);
  const scale = scaled(powers[i] as number, (k - i) / N);
  const product = scale * tmp;
  const sum = scale + product;
  const error = Math.abs(product - (sum - scale));
  const halfUnit = halfUnitOf(sum);
  return Math.abs(halfUnit - error) < doubt * halfUnit ? fusedExp(x) : sum;
}

/** The same with every operation that glibc's compiler fuses emulated. */
function fusedExp(x: number): number {
  const k = fma(invLn2N, x, shift) - shift;
  const i = k & (N - 1);
  const r = fma(k, negLn2LowN, fma(k, negLn2HighN, x));
  const r2 = r * r;
  const low = fma(r2, fma(r, C3, C2), (tails[i] as number) + r);
  const tmp = fma(r2 * r2, fma(r, C5, C4), low);
  const scale = scaled(powers[i] as number, (k - i) / N);
  return fma(scale, tmp, scale);
}

/** `value * 2^exponent`, exact: the exponent bits are counted up. */
function scaled(value: number, exponent: number): number {
  doubleOf[0] = value;
  wordsOf[1] = (wordsOf[1] as number) + (exponent << 20);
  return doubleOf[0];
}

/** Half of the distance from `value` (positive, normal) to the next double. */
function halfUnitOf(value: number): number {
  doubleOf[0] = value;
  wordsOf[0] = 0;
  wordsOf[1] = ((wordsOf[1] as number) & 0x7ff00000) - (53 << 20);
  return doubleOf[0];
}

/** a * b + c rounded once: exact product and sums, the two small parts added with rounding to odd (Boldo and Melquiond, 2008). */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const productError = twoProductError(a, b, product);
  const low = c + productError;
  const lowError = twoSumError(c, productError, low);
  const high = product + low;
  const highError = twoSumError(product, low, high);
  return high + addRoundedToOdd(highError, lowError);
}

/** a + b - sum, exact for sum = the rounded a + b (Knuth). */
function twoSumError(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** a * b - product, exact (Dekker, with Veltkamp's splitting into halves of 26 bits). */
function twoProductError(a: number, b: number, product: number): number {
  const aBig = 134217729 * a;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = 134217729 * b;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** a + b; where that is not exact, the neighbour whose last bit is 1, so that a second rounding goes the right way. */
function addRoundedToOdd(a: number, b: number): number {
  const sum = a + b;
  const error = twoSumError(a, b, sum);
  if (error === 0) return sum;
  word.setFloat64(0, sum);
  const bits = word.getBigInt64(0);
  if ((bits & 1n) === 0n) word.setBigInt64(0, bits + (error > 0 === sum > 0 ? 1n : -1n));
  return word.getFloat64(0);
}

/** 2^(i/128) to 200 bits, from seven square roots of 2; H is the nearest double, T = (2^(i/128) - H) / H. */
function fillTables(): void {
  const bits = 200n;
  let root = 2n << bits;
  for (let n = 1; n < N; n *= 2) root = squareRoot(root << bits);
  let exact = 1n << bits;
  for (let i = 0; i < N; i += 1) {
    const nearest = (exact + (1n << (bits - 53n))) >> (bits - 52n);
    powers[i] = Number(nearest) / 2 ** 52;
    tails[i] = Number(((exact - (nearest << (bits - 52n))) << 100n) / nearest) / 2 ** 100 / 2 ** Number(bits - 52n);
    exact = (exact * root) >> bits;
  }
}

/** The whole square root (Newton), rounded down. */
function squareRoot(value: bigint): bigint {
  let x = 1n << BigInt((value.toString(2).length / 2 + 1) | 0);
  for (;;) {
    const next = (x + value / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

function fromBits(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
