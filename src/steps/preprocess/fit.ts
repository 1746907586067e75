/**
 * What the training rows teach about each column: the values that fill gaps, mean and scale, the categories.
 * Agrees with scikit-learn's `SimpleImputer`, `StandardScaler` and `OneHotEncoder(handle_unknown='ignore')`
 * fitted on a DataFrame of those rows in the order of the split.
 */
import { mean, median, standardise } from '../../learn/index.js';
import type { CategoricalTransform, NumericTransform } from '../../learn/types.js';
import type { CategoricalPlan, NumericPlan } from './plan.js';
import { type CodeList, sortedValues } from './values.js';

/**
 * Fits one numeric column.
 * @param values of all kept rows, NaN where missing
 * @param train row numbers, in the order of the split
 * @param filled room for as many numbers; overwritten
 * @returns null when no training row has a value
 */
export function fitNumeric(
  plan: NumericPlan,
  values: Float64Array,
  train: Int32Array,
  filled: Float64Array,
): NumericTransform | null {
  let present = 0;
  for (let i = 0; i < train.length; i++) {
    const value = values[train[i] ?? 0] ?? Number.NaN;
    filled[i] = value;
    if (!Number.isNaN(value)) present++;
  }
  if (present === 0) return null;
  const observed = present === filled.length ? filled : filled.filter((value) => !Number.isNaN(value));
  const fill = plan.impute === 'median' ? median(observed) : plan.impute === 'mean' ? mean(observed) : mode(observed);
  const { name: column, impute, boolean } = plan;
  if (plan.scale === 'none') return { column, impute, fill, standard: null, boolean };
  if (present < filled.length) {
    for (let i = 0; i < filled.length; i++) if (Number.isNaN(filled[i])) filled[i] = fill;
  }
  return { column, impute, fill, standard: standardise(filled), boolean };
}

/** The most frequent value, the smallest of several. */
function mode(values: Float64Array): number {
  const sorted = values.slice().sort();
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
 * @returns null when no training row has a value
 */
export function fitCategorical(
  plan: CategoricalPlan,
  list: CodeList,
  train: Int32Array,
  decimal: number,
): FittedCategory | null {
  const { labels, places } = sortedValues(list.dictionary, plan.values, decimal);
  const codes = list.all;
  const counts = new Int32Array(labels.length);
  for (const row of train) {
    const code = codes[row] ?? -1;
    if (code < 0) continue;
    const place = places[code] ?? 0;
    counts[place] = (counts[place] ?? 0) + 1;
  }
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

const isTexts = (labels: string[] | number[]): labels is string[] => typeof labels[0] === 'string';
