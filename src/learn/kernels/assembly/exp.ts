/**
 * `exactExp` of ../../exact-exp.ts, operation by operation; its docstring explains the method.
 * The table of 128 pairs (T, H) is filled by the host: the two must be the same numbers, not two makings of them.
 */
const table = memory.data(128 * 16, 16);

export function expTable(): usize {
  return table;
}

const invLn2N: f64 = reinterpret<f64>(0x3ff71547652b82fe) * 128.0;
const shift: f64 = 6755399441055744.0;
const negLn2HighN: f64 = reinterpret<f64>(0xbf762e42fefa0000);
const negLn2LowN: f64 = reinterpret<f64>(0xbd0cf79abc9e3b3a);
const C2: f64 = reinterpret<f64>(0x3fdffffffffffdbd);
const C3: f64 = reinterpret<f64>(0x3fc555555555543c);
const C4: f64 = reinterpret<f64>(0x3fa55555cf172b91);
const C5: f64 = reinterpret<f64>(0x3f81111167a4d017);

export function exp(x: f64): f64 {
  if (!(abs(x) <= 500.0)) return NativeMath.exp(x);
  if (abs(x) < 5.551115123125783e-17) return 1.0 + x;
  const k = invLn2N * x + shift - shift;
  const ki = <i32>k;
  const entry = table + (<usize>(ki & 127) << 4);
  const r = x + k * negLn2HighN + k * negLn2LowN;
  const r2 = r * r;
  const tmp = load<f64>(entry) + r + r2 * (C2 + r * C3) + r2 * r2 * (C4 + r * C5);
  const scale = scaled(load<f64>(entry, 8), ki >> 7);
  const product = scale * tmp;
  const sum = scale + product;
  const error = abs(product - (sum - scale));
  const halfUnit = reinterpret<f64>((reinterpret<u64>(sum) & 0x7ff0000000000000) - (53 << 52));
  return abs(halfUnit - error) < 0.015625 * halfUnit ? fusedExp(x) : sum;
}

/** e^x within one unit in the last place, without settling its rounding. */
export function quickExp(x: f64): f64 {
  if (!(abs(x) <= 500.0)) return NativeMath.exp(x);
  const k = invLn2N * x + shift - shift;
  const ki = <i32>k;
  const entry = table + (<usize>(ki & 127) << 4);
  const r = x + k * negLn2HighN + k * negLn2LowN;
  const r2 = r * r;
  const tmp = load<f64>(entry) + r + r2 * (C2 + r * C3) + r2 * r2 * (C4 + r * C5);
  const scale = scaled(load<f64>(entry, 8), ki >> 7);
  return scale + scale * tmp;
}

function fusedExp(x: f64): f64 {
  const k = fma(invLn2N, x, shift) - shift;
  const ki = <i32>k;
  const entry = table + (<usize>(ki & 127) << 4);
  const r = fma(k, negLn2LowN, fma(k, negLn2HighN, x));
  const r2 = r * r;
  const low = fma(r2, fma(r, C3, C2), load<f64>(entry) + r);
  const tmp = fma(r2 * r2, fma(r, C5, C4), low);
  const scale = scaled(load<f64>(entry, 8), ki >> 7);
  return fma(scale, tmp, scale);
}

function scaled(value: f64, exponent: i32): f64 {
  return reinterpret<f64>(reinterpret<u64>(value) + (<u64>exponent << 52));
}

function fma(a: f64, b: f64, c: f64): f64 {
  const product = a * b;
  const productError = twoProductError(a, b, product);
  const low = c + productError;
  const lowError = twoSumError(c, productError, low);
  const high = product + low;
  const highError = twoSumError(product, low, high);
  return high + addRoundedToOdd(highError, lowError);
}

function twoSumError(a: f64, b: f64, sum: f64): f64 {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

function twoProductError(a: f64, b: f64, product: f64): f64 {
  const aBig = 134217729.0 * a;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = 134217729.0 * b;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function addRoundedToOdd(a: f64, b: f64): f64 {
  const sum = a + b;
  const error = twoSumError(a, b, sum);
  if (error == 0.0) return sum;
  const bits = reinterpret<u64>(sum);
  if (bits & 1) return sum;
  return reinterpret<f64>(error > 0.0 == sum > 0.0 ? bits + 1 : bits - 1);
}
