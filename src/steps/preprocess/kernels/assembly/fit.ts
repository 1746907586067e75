/** What the training rows teach about one column of numbers: as `fitNumeric` of ../../fit.ts, to the bit. */

// Offsets; ../table-kernel.ts knows them too.
const TRAIN: usize = 324;
const SOURCES: usize = 328;
const PLACES: usize = 332;
const SCRATCH: usize = 336;

// Of a task.
const COLUMN: usize = 8;
const IMPUTE: usize = 12;
const SCALES: usize = 16;
const RESULT: usize = 20;

// Of a result: doubles.
const PRESENT: usize = 0;
const FILL: usize = 8;
const MEAN: usize = 16;
const FIRST: usize = 24;
const SECOND: usize = 32;

const MEDIAN = 0;

/** A median of more numbers than this is looked for between two of a sample. */
const fewNumbers = 8192;
const sampleSize = 2048;

/**
 * Lays the column's training rows into their order (see `TrainingOrder`), finds what fills gaps, fills them, and sums
 * up distances from the mean and their squares.
 */
export function fitColumn(crew: usize, task: usize, thread: i32): void {
  const n = load<i32>(crew + TRAIN);
  const sources = <usize>load<i32>(crew + SOURCES);
  const places = <usize>load<i32>(crew + PLACES);
  const bytes = <usize>n << 3;
  const ordered = <usize>load<i32>(crew + SCRATCH) + <usize>thread * 2 * bytes;
  const scratch = ordered + bytes;
  const column = <usize>load<i32>(task + COLUMN);
  const result = <usize>load<i32>(task + RESULT);
  let present = 0;
  for (let k: usize = 0, end = <usize>n << 2; k < end; k += 4) {
    const value = load<f64>(column + (<usize>load<i32>(sources + k) << 3));
    store<f64>(ordered + (<usize>load<i32>(places + k) << 3), value);
    present += i32(value == value);
  }
  store<f64>(result + PRESENT, present);
  if (present == 0) return;
  const isMedian = load<i32>(task + IMPUTE) == MEDIAN;
  const fill = isMedian ? median(ordered, n, present, scratch) : meanOfPresent(ordered, n, present, scratch);
  store<f64>(result + FILL, fill);
  if (load<i32>(task + SCALES) == 0) return;
  if (present < n) {
    for (let p = ordered; p < scratch; p += 8) {
      const value = load<f64>(p);
      if (value != value) store<f64>(p, fill);
    }
  }
  sums(ordered, n, 0);
  const mean = first / <f64>n;
  sums(ordered, n, mean);
  store<f64>(result + MEAN, mean);
  store<f64>(result + FIRST, first);
  store<f64>(result + SECOND, second);
}

/** Copies what is no NaN. */
function presentInto(values: usize, n: i32, out: usize): void {
  for (let p = values, end = values + (<usize>n << 3); p < end; p += 8) {
    const value = load<f64>(p);
    store<f64>(out, value);
    out += usize(value == value) << 3;
  }
}

function meanOfPresent(values: usize, n: i32, present: i32, scratch: usize): f64 {
  if (present < n) {
    presentInto(values, n, scratch);
    values = scratch;
  }
  sums(values, present, 0);
  return first / <f64>present;
}

// The two numbers between which the median is looked for, and how many numbers lie where.
let low: f64 = 0;
let high: f64 = 0;
let below: i32 = 0;
let upToLow: i32 = 0;
let between: i32 = 0;
let upToHigh: i32 = 0;

/**
 * The middle number of those present, or the mean of the two in the middle. Two numbers of a sample, somewhat below
 * and above its middle, nearly always enclose it: then one pass counts the rest and collects what lies between them,
 * about a tenth (Floyd and Rivest 1975, with one step). Where they do not, all numbers are searched.
 */
function median(values: usize, n: i32, present: i32, scratch: usize): f64 {
  const upper = present >> 1;
  const lower = present & 1 ? upper : upper - 1;
  if (n > fewNumbers && encloses(values, n, scratch)) {
    const a = enclosed(lower, scratch);
    const b = enclosed(upper, scratch);
    if (a == a && b == b) return lower == upper ? b : (a + b) / 2;
  }
  presentInto(values, n, scratch);
  const b = select(scratch, present, upper);
  return lower == upper ? b : (select(scratch, present, lower) + b) / 2;
}

/** @returns whether the sample was large enough to say something */
function encloses(values: usize, n: i32, scratch: usize): bool {
  const step = <usize>(n / sampleSize) << 3;
  const stop = values + (<usize>n << 3);
  let count = 0;
  for (let p = values; p < stop; p += step) {
    const value = load<f64>(p);
    store<f64>(scratch + (<usize>count << 3), value);
    count += i32(value == value);
  }
  if (count < sampleSize / 4) return false;
  // The place of the middle varies by half the root of the sample; four times that is hardly ever left.
  const reach = <i32>(2 * sqrt<f64>(count));
  high = select(scratch, count, (count >> 1) + reach);
  low = select(scratch, count, (count >> 1) - reach);
  below = 0;
  upToLow = 0;
  upToHigh = 0;
  let collected = scratch;
  for (let p = values; p < stop; p += 8) {
    const value = load<f64>(p);
    below += i32(value < low);
    upToLow += i32(value <= low);
    upToHigh += i32(value <= high);
    store<f64>(collected, value);
    collected += usize(i32(value > low) & i32(value < high)) << 3;
  }
  between = <i32>((collected - scratch) >> 3);
  return true;
}

/** The number at a place of the sorted order, NaN where it is not enclosed. */
function enclosed(place: i32, collected: usize): f64 {
  if (place < below) return NaN;
  if (place < upToLow) return low;
  if (place < upToLow + between) return select(collected, between, place - upToLow);
  return place < upToHigh ? high : NaN;
}

/** The number at place k of the sorted order (Hoare 1961); the numbers are left in another order. */
function select(values: usize, n: i32, k: i32): f64 {
  let left = 0;
  let right = n - 1;
  while (right > left) {
    const pivot = load<f64>(values + (<usize>k << 3));
    let i = left;
    let j = right;
    while (i <= j) {
      while (load<f64>(values + (<usize>i << 3)) < pivot) i++;
      while (load<f64>(values + (<usize>j << 3)) > pivot) j--;
      if (i <= j) {
        const swapped = load<f64>(values + (<usize>i << 3));
        store<f64>(values + (<usize>i << 3), load<f64>(values + (<usize>j << 3)));
        store<f64>(values + (<usize>j << 3), swapped);
        i++;
        j--;
      }
    }
    if (j < k) left = i;
    if (k < i) right = j;
  }
  return load<f64>(values + (<usize>k << 3));
}

let first: f64 = 0;
let second: f64 = 0;

/** Sums of `x - centre` and of its squares into `first` and `second`, in numpy's order: `pairwiseSums` of learn. */
function sums(values: usize, length: i32, centre: f64): void {
  if (length > 128) {
    let half = length >> 1;
    half -= half % 8;
    sums(values, half, centre);
    const a = first;
    const b = second;
    sums(values + (<usize>half << 3), length - half, centre);
    first = a + first;
    second = b + second;
    return;
  }
  const whole = length - (length % 8);
  const centres = f64x2.splat(centre);
  let a0 = f64x2.splat(0);
  let a2 = f64x2.splat(0);
  let a4 = f64x2.splat(0);
  let a6 = f64x2.splat(0);
  let b0 = f64x2.splat(0);
  let b2 = f64x2.splat(0);
  let b4 = f64x2.splat(0);
  let b6 = f64x2.splat(0);
  let p = values;
  for (const end = values + (<usize>whole << 3); p < end; p += 64) {
    const t0 = f64x2.sub(v128.load(p), centres);
    const t2 = f64x2.sub(v128.load(p, 16), centres);
    const t4 = f64x2.sub(v128.load(p, 32), centres);
    const t6 = f64x2.sub(v128.load(p, 48), centres);
    a0 = f64x2.add(a0, t0);
    a2 = f64x2.add(a2, t2);
    a4 = f64x2.add(a4, t4);
    a6 = f64x2.add(a6, t6);
    b0 = f64x2.add(b0, f64x2.mul(t0, t0));
    b2 = f64x2.add(b2, f64x2.mul(t2, t2));
    b4 = f64x2.add(b4, f64x2.mul(t4, t4));
    b6 = f64x2.add(b6, f64x2.mul(t6, t6));
  }
  first = both(a0) + both(a2) + (both(a4) + both(a6));
  second = both(b0) + both(b2) + (both(b4) + both(b6));
  for (const end = values + (<usize>length << 3); p < end; p += 8) {
    const t = load<f64>(p) - centre;
    first += t;
    second += t * t;
  }
}

// @ts-ignore: decorator
@inline
function both(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}
