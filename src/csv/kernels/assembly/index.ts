/**
 * The scanner of ../../scanner.ts and the number parser of ../../number.ts in one pass over the bytes.
 *
 * Every field is tried as a plain decimal while its end is looked for; where that succeeds, `values` has the
 * number, correctly rounded, and nobody needs to look at the bytes again. Where it does not (text, a missing
 * value, spaces, more than 19 digits, far exponents) `values` has NaN and the reader asks the plain functions:
 * so all rules about what is a number, and what is missing, stand in one place only.
 */

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const TAB: u32 = 0x09;
const SPACE: u32 = 0x20;

/** 10^0 .. 10^22, which a double holds exactly. */
const powers = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** Where memory that the caller may use begins. */
export function freeFrom(): usize {
  return __heap_base;
}

// What a call answers beside its number of rows.
/** Everything before this byte is done with. */
export let consumed: i32 = 0;
/** Physical line of the byte `consumed`. */
export let line: f64 = 1;
/** 0: none; 1: a record has another number of fields; 2: a quote is never closed. */
export let fault: i32 = 0;
export let faultLine: f64 = 0;
export let faultFields: i32 = 0;

/** End of the field that `parse` looked at, if it was a number. */
let numberEnd: usize = 0;

/**
 * Scans whole records of `columns` fields, at most `maxRows`, from `begin` to `end`.
 *
 * @param text the bytes; 16 more than `end` can be read, and the one at `end` written
 * @param final no more bytes follow
 * @param starts,ends int32, one a field, relative to `text`; quotes are taken off and doubled ones made single
 * @param values float64, one a field; NaN: see above
 * @param lines float64, one a row
 * @param quoted scratch for 2 * columns int32
 * @returns the number of records
 */
export function scan(
  text: usize,
  begin: i32,
  end: i32,
  final: bool,
  maxRows: i32,
  columns: i32,
  delimiter: u32,
  quote: u32,
  decimal: u32,
  starts: usize,
  ends: usize,
  values: usize,
  lines: usize,
  quoted: usize,
): i32 {
  store<u8>(text + end, LF);
  fault = 0;
  let p = text + begin;
  const stop = text + end;
  let here = line;
  let rows = 0;
  consumed = begin;
  while (p < stop && rows < maxRows) {
    let c: u32 = load<u8>(p);
    if (c <= SPACE && (c == LF || c == CR || c == SPACE || c == TAB) && c != delimiter) {
      const blank = blankLine(p, stop, final, delimiter);
      if (blank < 0) return rows;
      if (blank > 0) {
        p += blank;
        here += 1;
        consumed = <i32>(p - text);
        line = here;
        continue;
      }
    }
    const startLine = here;
    let fields = 0;
    let quotes = 0;
    let slot = rows * columns;
    while (true) {
      let start = p;
      let value: f64 = NaN;
      c = load<u8>(p);
      if (c == quote && p < stop) {
        const openLine = here;
        start = ++p;
        while (true) {
          while (p < stop) {
            c = load<u8>(p);
            if (c == quote) break;
            p++;
            if (c == LF || (c == CR && load<u8>(p) != LF)) here += 1;
          }
          if (p >= stop && final) {
            fault = 2;
            faultLine = openLine;
            return rows;
          }
          if (p + 1 >= stop && !final) return rows;
          p++;
          if (load<u8>(p) != quote || p >= stop) break;
          p++;
        }
        const close = p - 1;
        p = fieldEnd(p, delimiter);
        if (fields < columns) {
          store<i32>(ends + (slot << 2), <i32>(close - text));
          store<i32>(quoted + (quotes << 3), slot);
          store<i32>(quoted + (quotes << 3) + 4, <i32>(p - text));
          quotes++;
        }
      } else {
        value = parse(p, delimiter, decimal);
        p = numberEnd != 0 ? numberEnd : fieldEnd(p, delimiter);
        if (fields < columns) store<i32>(ends + (slot << 2), <i32>(p - text));
      }
      if (fields < columns) {
        store<i32>(starts + (slot << 2), <i32>(start - text));
        store<f64>(values + (slot << 3), value);
      }
      slot++;
      fields++;
      if (p >= stop) {
        if (!final) return rows;
        break;
      }
      if (load<u8>(p) != delimiter) break;
      p++;
    }
    if (p < stop) {
      if (load<u8>(p) == CR) {
        if (p + 1 == stop && !final) return rows;
        if (p + 1 < stop && load<u8>(p + 1) == LF) p++;
      }
      p++;
      here += 1;
    }
    if (fields != columns) {
      fault = 1;
      faultLine = startLine;
      faultFields = fields;
      return rows;
    }
    for (let i = 0; i < quotes; i++) unquote(text, quoted + (i << 3), starts, ends, quote);
    store<f64>(lines + (rows << 3), startLine);
    rows++;
    consumed = <i32>(p - text);
    line = here;
  }
  return rows;
}

/** Length of the line at `p`, its end included, if nothing but spaces is on it; 0 if not, -1 if that is not known yet. */
function blankLine(p: usize, stop: usize, final: bool, delimiter: u32): i32 {
  let q = p;
  while (q < stop) {
    const c: u32 = load<u8>(q);
    if ((c != SPACE && c != TAB) || c == delimiter) break;
    q++;
  }
  if (q == stop) return final ? <i32>(q - p) : -1;
  const c: u32 = load<u8>(q);
  if (c == LF) return <i32>(q + 1 - p);
  if (c != CR) return 0;
  if (q + 1 == stop && !final) return -1;
  return <i32>(q + 1 < stop && load<u8>(q + 1) == LF ? q + 2 - p : q + 1 - p);
}

/** Address of the first delimiter or line end from `p` on, 16 bytes at a time; the sentinel at the end stops it. */
function fieldEnd(p: usize, delimiter: u32): usize {
  const delimiters = i8x16.splat(<i8>delimiter);
  const feeds = i8x16.splat(<i8>LF);
  const returns = i8x16.splat(<i8>CR);
  while (true) {
    const bytes = v128.load(p);
    const found = v128.or(
      v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, feeds)),
      i8x16.eq(bytes, returns),
    );
    const mask = i8x16.bitmask(found);
    if (mask != 0) return p + ctz(mask);
    p += 16;
  }
}

/** As `unquote` of ../../scanner.ts: doubled quotes become one, text after the closing quote moves up to it. */
function unquote(text: usize, entry: usize, starts: usize, ends: usize, quote: u32): void {
  const slot = load<i32>(entry);
  const stop = text + load<i32>(entry + 4);
  const close = text + load<i32>(ends + (slot << 2));
  if (close + 1 == stop && !holds(text + load<i32>(starts + (slot << 2)), close, quote)) return;
  let write = text + load<i32>(starts + (slot << 2));
  for (let read = write; read < stop; read++) {
    const c: u32 = load<u8>(read);
    if (c == quote && read < close) read++;
    if (read != close) store<u8>(write++, c);
  }
  store<i32>(ends + (slot << 2), <i32>(write - text));
}

function holds(from: usize, to: usize, byte: u32): bool {
  for (let p = from; p < to; p++) if (load<u8>(p) == byte) return true;
  return false;
}

/** Whether eight bytes, the first in the lowest place, are all digits. */
// @ts-ignore: decorator
@inline
function eightDigits(bytes: u64): bool {
  return (
    ((bytes & 0xf0f0f0f0f0f0f0f0) | (((bytes + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) == 0x3333333333333333
  );
}

/** The number that eight digits write: pairs, then fours, then all, each by one multiplication. */
// @ts-ignore: decorator
@inline
function valueOfEight(bytes: u64): u64 {
  let v = bytes - 0x3030303030303030;
  v = v * 10 + (v >> 8);
  return (((v & 0x000000ff000000ff) * 0x000f424000000064 + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32);
}

/**
 * The number of a field that is nothing but a plain decimal, and `numberEnd` behind it; else NaN and `numberEnd` 0,
 * or where only its value is hard, NaN and its end.
 */
function parse(p: usize, delimiter: u32, decimal: u32): f64 {
  numberEnd = 0;
  let c: u32 = load<u8>(p);
  const negative = c == 0x2d;
  let q = negative || c == 0x2b ? p + 1 : p;
  const first = q;
  let mantissa: u64 = 0;
  let digit: u32 = 0;
  while ((digit = <u32>load<u8>(q) - 0x30) <= 9) {
    mantissa = mantissa * 10 + digit;
    q++;
  }
  let digits = <i32>(q - first);
  let exponent: i32 = 0;
  c = load<u8>(q);
  if (c == decimal && c != delimiter) {
    const fraction = ++q;
    let eight = load<u64>(q);
    while (eightDigits(eight)) {
      mantissa = mantissa * 100000000 + valueOfEight(eight);
      q += 8;
      eight = load<u64>(q);
    }
    while ((digit = <u32>load<u8>(q) - 0x30) <= 9) {
      mantissa = mantissa * 10 + digit;
      q++;
    }
    exponent = -<i32>(q - fraction);
    digits -= exponent;
    c = load<u8>(q);
  }
  if (digits == 0) return NaN;
  if ((c | 0x20) == 0x65) {
    c = load<u8>(++q);
    const down = c == 0x2d;
    if (down || c == 0x2b) q++;
    const from = q;
    let power: i32 = 0;
    while ((digit = <u32>load<u8>(q) - 0x30) <= 9) {
      if (power < 100000) power = power * 10 + digit;
      q++;
    }
    if (q == from) return NaN;
    exponent += down ? -power : power;
    c = load<u8>(q);
  }
  if (c != delimiter && c != LF && c != CR) return NaN;
  numberEnd = q;
  if (digits > 19) {
    // Zeros in front do not count, nor have they spoilt the mantissa.
    let z = first;
    for (c = load<u8>(z); c == 0x30 || c == decimal; c = load<u8>(++z)) if (c == 0x30) digits--;
    if (digits > 19) return NaN;
  }
  const size = scale(mantissa, exponent);
  return negative ? -size : size;
}

/** `mantissa * 10^exponent`, correctly rounded, by the rules of `scale` in ../../number.ts; NaN where it is not told cheaply. */
function scale(mantissa: u64, exponent: i32): f64 {
  if (exponent < -22 || exponent > 22) return mantissa == 0 ? 0 : NaN;
  const power = load<f64>(powers + (<usize>abs(exponent) << 3));
  const high = <f64>mantissa;
  if (mantissa <= 9007199254740992) return exponent < 0 ? high / power : high * power;
  // The mantissa is high + tail exactly: rounding moved it by at most 1024.
  const tail = <f64>(<i64>(mantissa - <u64>high));
  let value: f64;
  let correction: f64;
  if (exponent < 0) {
    value = high / power;
    const back = value * power;
    correction = (high - back - productError(value, power, back) + tail) / power;
  } else {
    value = high * power;
    correction = productError(high, power, value) + tail * power;
  }
  const margin = abs(correction) * 2e-15;
  const below = value + (correction - margin);
  return below == value + (correction + margin) ? below : NaN;
}

/** `x * y - product` exactly, where `product` is the rounded `x * y` (Dekker 1971). */
function productError(x: f64, y: f64, product: f64): f64 {
  const cx = 134217729 * x;
  const xHigh = cx - (cx - x);
  const xLow = x - xHigh;
  const cy = 134217729 * y;
  const yHigh = cy - (cy - y);
  const yLow = y - yHigh;
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
}
