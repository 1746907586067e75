/**
 * The scanner of ../../scanner.ts and the number parser of ../../number.ts in one pass over the bytes.
 *
 * Every field is tried as a plain decimal while its end is looked for; where that succeeds, `values` has the
 * number, correctly rounded, and nobody needs to look at the bytes again. Where it does not (text, a missing
 * value, spaces, more than 19 digits, far exponents) `values` has NaN and the reader asks the plain functions:
 * so all rules about what is a number, and what is missing, stand in one place only.
 */

export { serve } from './ahead';

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const TAB: u32 = 0x09;
const SPACE: u32 = 0x20;

/** 10^0 .. 10^22, which a double holds exactly. */
const powers = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** 20 bytes from `lastBytes + k` on are a mask of the last k bytes, for k from 0 to 20. */
const lastBytes = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
]);

/** Of each power: its inverse rounded, and the upper and lower half of its bits (Veltkamp's splitting). */
const inverses = memory.data(23 * 8);
const upper = memory.data(23 * 8);
const lower = memory.data(23 * 8);
for (let k: usize = 0; k < 23 * 8; k += 8) {
  const power = load<f64>(powers + k);
  const high = upperHalf(power);
  store<f64>(inverses + k, 1 / power);
  store<f64>(upper + k, high);
  store<f64>(lower + k, power - high);
}

/** Most digits behind the mark of a number that `shortNumber` reads. */
const mostFraction = 19;
/**
 * For k digits behind the mark, what a number's last 16 digits weigh in eights, 10^(8 - k) and 10^-k, and those before
 * them, 10^(16 - k). Each is the sum of two doubles, of which the first has 26 bits: its product with an integer of
 * 27 is exact. Both firsts, both seconds, then first and second of the third.
 */
const scales = memory.data(20 * 48);
for (let k = 0; k <= mostFraction; k++) {
  const place = scales + <usize>k * 48;
  storePower(8 - k, place, place + 16);
  storePower(-k, place + 8, place + 24);
  storePower(16 - k, place + 32, place + 40);
}

/** 10^exponent, for -22 to 22, as the sum of two doubles, right to some 2^-79 of it. */
function storePower(exponent: i32, first: usize, second: usize): void {
  const place = <usize>abs(exponent) << 3;
  const power = load<f64>(powers + place);
  let near = power;
  let rest: f64 = 0;
  if (exponent < 0) {
    near = load<f64>(inverses + place);
    const back = near * power;
    rest = (1 - back - productError(near, load<f64>(upper + place), load<f64>(lower + place), back)) / power;
  }
  const high = upperHalf(near);
  store<f64>(first, high);
  store<f64>(second, near - high + rest);
}

/** Where memory that the caller may use begins. */
export function freeFrom(): usize {
  return __heap_base;
}

// What a call answers beside its number of rows.
/** Everything before this byte is done with. */
export let consumed: i32 = 0;
/** Physical line of the byte `consumed`. */
export let line: f64 = 1;
/** The next call begins on this line. */
export function startAt(value: f64): void {
  line = value;
}
/** 0: none; 1: a record has another number of fields; 2: a quote is never closed. */
export let fault: i32 = 0;
export let faultLine: f64 = 0;
export let faultFields: i32 = 0;

/**
 * Scans whole records of `columns` fields, at most `maxRows`, from `begin` to `end`.
 *
 * @param text the bytes; 16 more than `end` can be read, and the one at `end` written
 * @param final no more bytes follow
 * @param starts,ends int32, one a field, relative to `text`; quotes are taken off and doubled ones made single
 * @param values float64, column after column: that of row r, column c at c * stride + r; NaN: see above
 * @param stride rows that a column has room for, at least maxRows
 * @param hardRows int32, as `values` is laid out: for each column, the rows whose value is NaN
 * @param hardCounts int32, one a column: how many these are
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
  stride: i32,
  hardRows: usize,
  hardCounts: usize,
  lines: usize,
  quoted: usize,
): i32 {
  store<u8>(text + end, LF);
  memory.fill(hardCounts, 0, columns << 2);
  fault = 0;
  let p = text + begin;
  const stop = text + end;
  const delimiters = i8x16.splat(<i8>delimiter);
  const feeds = i8x16.splat(<i8>LF);
  const returns = i8x16.splat(<i8>CR);
  const decimals = i8x16.splat(<i8>decimal);
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
      let close = p;
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
          if (p + 1 >= stop && !final) {
            forget(rows, min(fields, columns), stride, hardRows, hardCounts);
            return rows;
          }
          p++;
          if (load<u8>(p) != quote || p >= stop) break;
          p++;
        }
        close = p - 1;
        p = fieldEnd(p, delimiter);
        if (fields < columns) {
          store<i32>(quoted + (quotes << 3), slot);
          store<i32>(quoted + (quotes << 3) + 4, <i32>(p - text));
          quotes++;
        }
      } else {
        // The field's end and its decimal mark, found in 32 bytes at once.
        const low = v128.load(p);
        const high = v128.load(p, 16);
        const lowEnds = v128.or(v128.or(i8x16.eq(low, delimiters), i8x16.eq(low, feeds)), i8x16.eq(low, returns));
        const highEnds = v128.or(v128.or(i8x16.eq(high, delimiters), i8x16.eq(high, feeds)), i8x16.eq(high, returns));
        const fieldEnds: u32 = i8x16.bitmask(lowEnds) | (i8x16.bitmask(highEnds) << 16);
        if (fieldEnds != 0) {
          const length = ctz(fieldEnds);
          const lowDigits = i8x16.le_u(i8x16.sub(low, i8x16.splat(0x30)), i8x16.splat(9));
          const highDigits = i8x16.le_u(i8x16.sub(high, i8x16.splat(0x30)), i8x16.splat(9));
          const within: u32 = (1 << length) - 1;
          const marks = (i8x16.bitmask(i8x16.eq(low, decimals)) | (i8x16.bitmask(i8x16.eq(high, decimals)) << 16)) & within;
          const digits = i8x16.bitmask(lowDigits) | (i8x16.bitmask(highDigits) << 16);
          const signs = u32(c == 0x2d) | u32(c == 0x2b);
          value =
            ((digits | marks | signs) & within) == within && (marks & (marks - 1)) == 0
              ? shortNumber(p, length, signs, marks)
              : NaN;
          value = reinterpret<f64>(reinterpret<u64>(value) ^ (<u64>(c == 0x2d) << 63));
          if (isNaN(value) && length > 0) value = parse(p, delimiter, decimal);
          p += length;
        } else {
          value = parse(p, delimiter, decimal);
          p = fieldEnd(p + 32, delimiter);
        }
        close = p;
      }
      if (fields < columns) {
        store<i32>(starts + (slot << 2), <i32>(start - text));
        store<i32>(ends + (slot << 2), <i32>(close - text));
        store<f64>(values + ((fields * stride + rows) << 3), value);
        if (isNaN(value)) {
          const count = load<i32>(hardCounts + (fields << 2));
          store<i32>(hardRows + ((fields * stride + count) << 2), rows);
          store<i32>(hardCounts + (fields << 2), count + 1);
        }
      }
      slot++;
      fields++;
      if (p >= stop) {
        if (!final) {
          forget(rows, min(fields, columns), stride, hardRows, hardCounts);
          return rows;
        }
        break;
      }
      if (load<u8>(p) != delimiter) break;
      p++;
    }
    if (p < stop) {
      if (load<u8>(p) == CR) {
        if (p + 1 == stop && !final) {
          forget(rows, min(fields, columns), stride, hardRows, hardCounts);
          return rows;
        }
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

/** Takes back what was noted about the first fields of a record that is not whole. */
function forget(row: i32, fields: i32, stride: i32, hardRows: usize, hardCounts: usize): void {
  for (let c = 0; c < fields; c++) {
    const count = load<i32>(hardCounts + (c << 2)) - 1;
    if (count >= 0 && load<i32>(hardRows + ((c * stride + count) << 2)) == row) store<i32>(hardCounts + (c << 2), count);
  }
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

/**
 * The size of the number in a field of up to 31 bytes that holds digits, at most one decimal mark, and a sign in
 * front; NaN where there is no digit, or its value is hard.
 *
 * No loop and hardly a branch: how many digits a number has cannot be predicted, and a wrong guess costs as much
 * as all of this. The last 20 digits are taken from the field's end: bytes behind the mark as they stand, those
 * before it moved by one, what lies before the number as zeros; then pairs, fours and eights are joined by
 * multiplications side by side.
 *
 * The number is then `top * 10^(16 - k) + eight * 10^(8 - k) + lastEight * 10^-k`, where k digits stand behind the
 * mark. Of each product the first part is exact (see `scales`), and so is what their sum is rounded by (Dekker 1971:
 * each term is larger than the next, or has so few bits that it is a multiple of the next one's last); what is left
 * is wrong by less than 2^-76 of the number. Where a margin of 2^-74 decides how it is rounded, it is hard.
 *
 * @param marks bit i is set where byte i is the decimal mark
 */
// @ts-ignore: decorator
@inline
function shortNumber(p: usize, length: i32, signs: i32, marks: u32): f64 {
  const mark = i32(marks != 0);
  const count = length - signs - mark;
  if (count < 1 || count > 19) return NaN;
  const fraction = (length - 1 - <i32>ctz(marks)) & -mark;
  const end = p + length;
  const behind = lastBytes + <usize>(fraction | ((mark - 1) & 20));
  const ofNumber = lastBytes + <usize>count;
  const characters = v128.bitselect(v128.load(end - 16), v128.load(end - 17), v128.load(behind, 4));
  const ones = v128.and(i8x16.sub(characters, i8x16.splat(0x30)), v128.load(ofNumber, 4));
  // A lane is d + 256 e for the digits d, e: times 1 + 2560 it is d + 256 (10 d + e), and what has no room.
  const pairs = i16x8.shr_u(i16x8.mul(ones, i16x8.splat(2561)), 8);
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const eights = i32x4.dot_i16x8_s(
    i16x8.narrow_i32x4_s(fours, fours),
    i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1),
  );
  const moved = load<u32>(end - 21);
  const topCharacters = moved ^ ((moved ^ load<u32>(end - 20)) & load<u32>(behind));
  const topOnes = (topCharacters ^ 0x30303030) & load<u32>(ofNumber);
  const topPairs = (topOnes * 10 + (topOnes >> 8)) & 0x00ff00ff;
  const top = <f64><i32>((topPairs * 6553601) >> 16);

  const scale = scales + <usize>fraction * 48;
  const parts = f64x2.convert_low_i32x4_s(eights);
  const firsts = f64x2.mul(parts, v128.load(scale));
  const seconds = f64x2.mul(parts, v128.load(scale, 16));
  const first = top * load<f64>(scale, 32);
  const second = f64x2.extract_lane(firsts, 0);
  const third = f64x2.extract_lane(firsts, 1);
  const sum = first + second;
  const whole = sum + third;
  const rounded = second - (sum - first) + (third - (whole - sum));
  const rest =
    rounded + (top * load<f64>(scale, 40) + f64x2.extract_lane(seconds, 0) + f64x2.extract_lane(seconds, 1));
  const margin = whole * 5.293955920339377e-23; // 2^-74
  const below = whole + (rest - margin);
  return below == whole + (rest + margin) ? below : NaN;
}

/** The number of a field that is a plain decimal, with an exponent or without; NaN otherwise, and where its value is hard. */
function parse(p: usize, delimiter: u32, decimal: u32): f64 {
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
  if (digits > 19) {
    // Zeros in front do not count, nor have they spoilt the mantissa.
    let z = first;
    for (c = load<u8>(z); c == 0x30 || c == decimal; c = load<u8>(++z)) if (c == 0x30) digits--;
    if (digits > 19) return NaN;
  }
  let size: f64 = NaN;
  if (exponent <= 0 && exponent >= -22) size = scaleDown(mantissa, -exponent);
  else if (mantissa == 0) size = 0;
  else if (mantissa <= 9007199254740992 && exponent > 0 && exponent <= 22) {
    size = <f64>mantissa * load<f64>(powers + (<usize>exponent << 3));
  }
  return negative ? -size : size;
}

/**
 * `mantissa / 10^k` for k up to 22, correctly rounded; NaN where it is not told cheaply.
 *
 * As `scale` in ../../number.ts, but it multiplies by the inverse of the power: that is wrong in the last place, the
 * remainder `high - value * power` is exact all the same, and the correction made from it mends both. Up to 2^53,
 * where one division would do, this is as good and saves a branch that is right half of the time.
 */
// @ts-ignore: decorator
@inline
function scaleDown(mantissa: u64, k: i32): f64 {
  const place = <usize>k << 3;
  // As signed numbers they are converted by one instruction.
  if (mantissa > 9000000000000000000) return NaN;
  const power = load<f64>(powers + place);
  const inverse = load<f64>(inverses + place);
  const high = <f64>(<i64>mantissa);
  // The mantissa is high + tail exactly: rounding moved it by at most 512.
  const tail = <f64>(<i64>mantissa - <i64>high);
  const value = high * inverse;
  const back = value * power;
  const error = productError(value, load<f64>(upper + place), load<f64>(lower + place), back);
  const correction = (high - back - error + tail) * inverse;
  const margin = abs(correction) * 2e-15;
  const below = value + (correction - margin);
  if (below == value + (correction + margin)) return below;
  return mantissa <= 9007199254740992 ? high / power : NaN;
}

/** `x * y - product` exactly, where `product` is the rounded `x * y` and y is given in halves (Dekker 1971). */
// @ts-ignore: decorator
@inline
function productError(x: f64, yUpper: f64, yLower: f64, product: f64): f64 {
  const xUpper = upperHalf(x);
  const xLower = x - xUpper;
  return xLower * yLower - (product - xUpper * yUpper - xLower * yUpper - xUpper * yLower);
}

/** The upper 26 bits of a number. */
// @ts-ignore: decorator
@inline
function upperHalf(x: f64): f64 {
  const c = 134217729 * x; // 2^27 + 1
  return c - (c - x);
}
