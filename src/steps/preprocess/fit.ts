/**
 * What the training rows teach about each column: the values that fill gaps, mean and scale, the categories.
 * Agrees with scikit-learn's `SimpleImputer`, `StandardScaler` and `OneHotEncoder(handle_unknown='ignore')`
 * fitted on a DataFrame of those rows in the order of the split.
 */
import { mean, medianInPlace, standardise } from '../../learn/index.js';
import type { CategoricalTransform, NumericTransform } from '../../learn/types.js';
import type { CategoricalPlan, NumericPlan } from './plan.js';
import { type CodeList, sortedValues } from './values.js';

/** Rows of one window of the result: its values should stay in the processor's caches (1 MB), yet each window costs a walk over the column. */
const windowRows = 1 << 17;

/**
 * Brings columns into the order of the training rows, in which scikit-learn adds them up. Their order is random, and
 * a walk through memory at random waits for it at every step: so the rows go window by window of the result, and
 * within a window in file order.
 */
export class TrainingOrder {
  readonly rows: number;
  /** Pairs in the order of the walk: a row, and its place among the training rows. */
  private readonly sources: Int32Array;
  private readonly places: Int32Array;

  /** @param train row numbers in the order of the split; `rows`: of the whole table */
  constructor(train: Int32Array, rows: number) {
    this.rows = train.length;
    this.sources = new Int32Array(train.length);
    this.places = new Int32Array(train.length);
    const placeOf = new Int32Array(rows).fill(-1);
    train.forEach((row, place) => {
      placeOf[row] = place;
    });
    const next = Int32Array.from({ length: Math.ceil(train.length / windowRows) }, (_, k) => k * windowRows);
    for (let row = 0; row < rows; row++) {
      const place = placeOf[row] ?? -1;
      if (place < 0) continue;
      const window = (place / windowRows) | 0;
      const slot = next[window] ?? 0;
      next[window] = slot + 1;
      this.sources[slot] = row;
      this.places[slot] = place;
    }
  }

  /** The walk for others to go: the row's place in `lies`, which has one a row, and its place among the training rows. */
  copyInto(sources: Int32Array, places: Int32Array, lies: Int32Array): void {
    this.sources.forEach((row, k) => {
      sources[k] = lies[row] ?? 0;
    });
    places.set(this.places);
  }

  /** Fills `ordered` (one a training row) from `values` (one a row); answers how many are not NaN. */
  gather(values: Float64Array, ordered: Float64Array): number {
    const { sources, places } = this;
    let present = 0;
    for (let k = 0; k < sources.length; k++) {
      const value = values[sources[k] ?? 0] ?? Number.NaN;
      ordered[places[k] ?? 0] = value;
      if (!Number.isNaN(value)) present++;
    }
    return present;
  }
}

/**
 * Fits one numeric column.
 * @param values of all kept rows, NaN where missing
 * @param ordered,scratch room for the values of the training rows, twice; overwritten
 * @returns null when no training row has a value
 */
export function fitNumeric(
  plan: NumericPlan,
  values: Float64Array,
  train: TrainingOrder,
  ordered: Float64Array,
  scratch: Float64Array,
): NumericTransform | null {
  const present = train.gather(values, ordered);
  if (present === 0) return null;
  const { name: column, impute, boolean } = plan;
  const complete = present === ordered.length;
  // Standardising needs the order and the filled gaps, the median neither: so it comes last where nothing is to fill.
  const early = complete ? null : fillOf(impute, presentValues(ordered, scratch));
  if (early !== null) for (let i = 0; i < ordered.length; i++) if (Number.isNaN(ordered[i])) ordered[i] = early;
  const standard = plan.scale === 'none' ? null : standardise(ordered);
  return { column, impute, fill: early ?? fillOf(impute, ordered), standard, boolean };
}

/** The values that are not NaN, in `room`. */
function presentValues(values: Float64Array, room: Float64Array): Float64Array {
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isNaN(value)) room[count++] = value;
  }
  return room.subarray(0, count);
}

/** What stands in for a missing value. The values are left in another order. */
function fillOf(impute: NumericPlan['impute'], values: Float64Array): number {
  return impute === 'median' ? medianInPlace(values) : impute === 'mean' ? mean(values) : mode(values);
}

/** The most frequent value, the smallest of several. */
function mode(values: Float64Array): number {
  const sorted = values.sort();
  let best = 0;
  let bestCount = 0;
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i] ?? 0;
    count = i > 0 && value === sorted[i - 1] ? count + 1 : 1;
    if (count > bestCount) {
      bestCount = count;
      best = value;
    }
  }
  return best;
}

export interface FittedCategory {
  readonly transform: CategoricalTransform;
  /** The category that a code of the column's dictionary stands for; -1 for one that no training row has. */
  readonly categoryOf: Int32Array;
  /** The category of a missing value. */
  readonly missing: number;
}

/**
 * Fits one categorical column; the most frequent category stands in for a missing value (the smallest of several).
 * @param isTraining one a row of the table: 1 for those of the training part, 0 for the others
 * @returns null when no training row has a value
 */
export function fitCategorical(
  plan: CategoricalPlan,
  list: CodeList,
  isTraining: Uint8Array,
  decimal: number,
): FittedCategory | null {
  const { labels, places } = sortedValues(list.dictionary, plan.values, decimal);
  const counts = new Int32Array(labels.length);
  countCodes(list, isTraining).forEach((count, code) => {
    const place = places[code] ?? 0;
    counts[place] = (counts[place] ?? 0) + count;
  });
  const category = new Int32Array(labels.length).fill(-1);
  let categories = 0;
  let missing = -1;
  let most = 0;
  counts.forEach((count, place) => {
    if (count === 0) return;
    if (count > most) {
      most = count;
      missing = categories;
    }
    category[place] = categories++;
  });
  if (categories === 0) return null;
  const seen = (_: unknown, place: number): boolean => (category[place] ?? -1) >= 0;
  const kept = isTexts(labels) ? labels.filter(seen) : labels.filter(seen);
  const transform = { column: plan.name, fill: kept[missing] ?? '', categories: kept };
  return { transform, categoryOf: places.map((place) => category[place] ?? -1), missing };
}

/** How many training rows have each code. In file order and without a branch: rows at random would wait for memory. */
function countCodes({ all: codes, dictionary }: CodeList, isTraining: Uint8Array): Int32Array {
  // The first place is that of missing values.
  const counts = new Int32Array(dictionary.size + 1);
  for (let row = 0; row < codes.length; row++) {
    const slot = (codes[row] ?? -1) + 1;
    counts[slot] = (counts[slot] ?? 0) + (isTraining[row] ?? 0);
  }
  return counts.subarray(1);
}

const isTexts = (labels: string[] | number[]): labels is string[] => typeof labels[0] === 'string';
