/**
 * Decimal numbers from bytes, correctly rounded: the same double as `Number(text)` in JavaScript, `float(text)`
 * in Python and pandas with `float_precision='round_trip'`.
 *
 * Accepted: digits with an optional sign, point and exponent (`7`, `-1.5`, `.5`, `1.`, `+2e-3`), spaces or tabs
 * around it, and `inf`/`infinity` in any case with a sign. Nothing else: no thousands, no hexadecimal.
 */
import { ascii, SPACE, TAB } from './bytes.js';

const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;

/** 10^0 .. 10^22, the powers of ten that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** The powers' upper and lower halves of at most 26 bits each, for exact products (Veltkamp's splitting). */
const powersHigh = powers.map(upperHalf);
const powersLow = powers.map((power) => power - upperHalf(power));

function upperHalf(x: number): number {
  const c = 134217729 * x; // 2^27 + 1
  return c - (c - x);
}

/** The number that a field holds; NaN where it holds none. `decimal` is the byte of the decimal mark. */
export function parseNumber(bytes: Uint8Array, start: number, end: number, decimal: number): number {
  let i = start;
  let last = end;
  while (i < last && (bytes[i] === SPACE || bytes[i] === TAB)) i++;
  while (last > i && (bytes[last - 1] === SPACE || bytes[last - 1] === TAB)) last--;
  const first = i;
  let c = bytes[i] ?? 0;
  const negative = c === MINUS;
  if (negative || c === PLUS) i++;

  // Mantissa: the first 15 digits that count in `mantissa`, up to four more in `rest`; both exact.
  let mantissa = 0;
  let rest = 0;
  let significant = 0;
  let digits = 0;
  let point = -1;
  for (; i < last; i++) {
    c = bytes[i] ?? 0;
    const digit = c - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits++;
      if (significant < 15) {
        mantissa = mantissa * 10 + digit;
        if (mantissa !== 0) significant++;
      } else {
        rest = rest * 10 + digit;
        significant++;
        if (significant > 19) rest = 0; // too long for the paths below; only the count matters now
      }
    } else if (c === decimal && point < 0) {
      point = digits;
    } else break;
  }
  if (digits === 0) return infinity(bytes, first, last);
  let exponent = point < 0 ? 0 : point - digits;
  if (i < last) {
    if (c !== 0x65 && c !== 0x45) return Number.NaN; // e, E
    const power = parseExponent(bytes, i + 1, last);
    if (Number.isNaN(power)) return Number.NaN;
    exponent += power;
  }
  const size = scale(mantissa, rest, significant, exponent);
  if (!Number.isNaN(size)) return negative ? -size : size;
  const written = ascii(bytes, first, last);
  return Number(decimal === 0x2e ? written : written.replace(String.fromCharCode(decimal), '.'));
}

function parseExponent(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  const sign = bytes[i];
  if (sign === MINUS || sign === PLUS) i++;
  if (i === end) return Number.NaN;
  let power = 0;
  for (; i < end; i++) {
    const digit = (bytes[i] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    if (power < 100_000) power = power * 10 + digit;
  }
  return sign === MINUS ? -power : power;
}

/**
 * `(mantissa * 10^k + rest) * 10^exponent` with k = max(0, significant - 15), correctly rounded; NaN where
 * that cannot be told cheaply.
 *
 * Up to 2^53 and |exponent| <= 22 both operands are exact and one rounding remains (Clinger 1990). Up to 19
 * digits the mantissa is a sum of two doubles, and the quotient or product is computed with an error below
 * 2^-50 of its smaller part; if both ends of that interval round to one double, that is the answer.
 */
function scale(mantissa: number, rest: number, significant: number, exponent: number): number {
  if (exponent < -22 || exponent > 22) return mantissa === 0 ? 0 : Number.NaN;
  const power = powers[exponent < 0 ? -exponent : exponent] ?? 1;
  if (significant <= 15) return exponent < 0 ? mantissa / power : mantissa * power;
  if (significant > 19) return Number.NaN;
  const shift = powers[significant - 15] ?? 1;
  const product = mantissa * shift;
  // The mantissa has at most 50 bits and the shift 14: the product's rounding error is a small whole number.
  const low = productError(mantissa, shift, significant - 15, product) + rest;
  const high = product + low;
  const tail = low - (high - product);
  if (tail === 0 && high <= 9007199254740992) return exponent < 0 ? high / power : high * power;
  let value: number;
  let correction: number;
  if (exponent < 0) {
    value = high / power;
    const back = value * power;
    correction = (high - back - productError(value, power, -exponent, back) + tail) / power;
  } else {
    value = high * power;
    correction = productError(high, power, exponent, value) + tail * power;
  }
  const margin = Math.abs(correction) * 2e-15;
  const below = value + (correction - margin);
  return below === value + (correction + margin) ? below : Number.NaN;
}

/** `x * 10^k - product` exactly, where `product` is the rounded `x * 10^k` (Dekker 1971). */
function productError(x: number, power: number, k: number, product: number): number {
  const c = 134217729 * x;
  const high = c - (c - x);
  const low = x - high;
  const powerHigh = powersHigh[k] ?? power;
  const powerLow = powersLow[k] ?? 0;
  return low * powerLow - (product - high * powerHigh - low * powerHigh - high * powerLow);
}

function infinity(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 3 || length > 9) return Number.NaN;
  const match = /^([+-]?)inf(inity)?$/i.exec(ascii(bytes, start, end));
  if (match === null) return Number.NaN;
  return match[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
