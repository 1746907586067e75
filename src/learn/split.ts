import { SplitError } from './errors.js';
import { RandomState } from './random-state.js';
import { at, intAt } from './vector.js';

export interface SplitRequest {
  /** Number of rows to split. */
  readonly rows: number;
  /** Share of rows for the test part, above 0 and below 1. */
  readonly testSize: number;
  readonly randomState: number;
  /** Keep the proportions of these classes: one code (0 to `classes - 1`) a row. */
  readonly stratify?: { readonly y: Int32Array; readonly classes: number };
}

/** Row numbers of both parts, in the order in which scikit-learn returns the rows. */
export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Splits rows as `sklearn.model_selection.train_test_split(test_size, random_state, stratify)` does:
 * `ShuffleSplit`, or `StratifiedShuffleSplit` with `stratify`.
 * @throws SplitError where scikit-learn raises ValueError
 */
export function trainTestSplit({ rows, testSize, randomState, stratify }: SplitRequest): Split {
  if (!(testSize > 0 && testSize < 1)) throw new SplitError('test_size');
  const testRows = Math.ceil(testSize * rows);
  const trainRows = rows - testRows;
  if (trainRows <= 0) throw new SplitError('empty_train');
  const random = new RandomState(randomState);
  if (stratify) return stratified(stratify.y, stratify.classes, trainRows, testRows, random);
  const order = random.permutation(rows);
  return { test: order.slice(0, testRows), train: order.slice(testRows) };
}

function stratified(y: Int32Array, classes: number, trainRows: number, testRows: number, random: RandomState): Split {
  const members = rowsOfEachClass(y, classes);
  const counts = Float64Array.from(members, (rows) => rows.length);
  if (counts.some((count) => count < 2)) throw new SplitError('class_with_one_row');
  if (trainRows < counts.length || testRows < counts.length) throw new SplitError('more_classes_than_rows');

  const trainCounts = likeliestDraw(counts, trainRows, random);
  const rest = counts.map((count, k) => count - at(trainCounts, k));
  const testCounts = likeliestDraw(rest, testRows, random);

  const train: number[] = [];
  const test: number[] = [];
  members.forEach((rows, k) => {
    const shuffled = random.permutation(rows.length).map((i) => intAt(rows, i));
    const trainEnd = at(trainCounts, k);
    for (const row of shuffled.subarray(0, trainEnd)) train.push(row);
    for (const row of shuffled.subarray(trainEnd, trainEnd + at(testCounts, k))) test.push(row);
  });
  return { train: permuted(train, random), test: permuted(test, random) };
}

/** Row numbers of each class that occurs, ascending; classes without a row are left out, as `np.unique` does. */
function rowsOfEachClass(y: Int32Array, classes: number): Int32Array[] {
  const counts = new Int32Array(classes);
  for (const code of y) counts[code] = intAt(counts, code) + 1;
  const members = Array.from(counts, (count) => new Int32Array(count));
  const filled = new Int32Array(classes);
  y.forEach((code, row) => {
    const rows = members[code];
    if (rows === undefined) return;
    rows[intAt(filled, code)] = row;
    filled[code] = intAt(filled, code) + 1;
  });
  return members.filter((rows) => rows.length > 0);
}

function permuted(rows: readonly number[], random: RandomState): Int32Array {
  const source = Int32Array.from(rows);
  return random.permutation(source.length).map((i) => intAt(source, i));
}

/**
 * How many of each class the likeliest draw of `draws` rows holds: the proportional share rounded down, and
 * what is missing handed out by descending remainder; among equal remainders the generator chooses
 * (`sklearn.utils.extmath._approximate_mode`).
 */
function likeliestDraw(counts: Float64Array, draws: number, random: RandomState): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const share = counts.map((count) => (count / total) * draws);
  const drawn = share.map(Math.floor);
  let missing = draws - drawn.reduce((sum, count) => sum + count, 0);
  const remainder = share.map((value, k) => value - at(drawn, k));
  const descending = [...new Set(remainder)].sort((a, b) => b - a);
  for (const value of descending) {
    if (missing <= 0) break;
    const equal = Int32Array.from([...remainder.keys()].filter((k) => remainder[k] === value));
    const taken = Math.min(equal.length, missing);
    for (const k of random.choice(equal, taken)) drawn[k] = at(drawn, k) + 1;
    missing -= taken;
  }
  return drawn;
}
