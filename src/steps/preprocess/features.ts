/** The fitted columns together: from the kept rows to rows of features. */
import { AppError } from '../../contract/errors.js';
import type { FittedPreprocessing, NumericTransform } from '../../learn/types.js';
import type { StepContext } from '../context.js';
import type { Classes } from './classes.js';
import { type FittedCategory, fitCategorical, fitNumeric, TrainingOrder } from './fit.js';
import { fitColumns } from './kernels/fit-columns.js';
import type { NumberColumns } from './number-columns.js';
import type { LeftOut, NumericPlan, Plan } from './plan.js';
import type { Table } from './table-reader.js';

/** Most features that categories may make: beyond that a column of names, or of numbers with a slip, has swallowed the table. */
const oneHotLimit = 10_000;

export interface FittedFeatures {
  readonly fitted: FittedPreprocessing;
  /** Columns without a value among the training rows. */
  readonly leftOut: readonly LeftOut[];
  readonly features: number;
  /** In the order of the features; the categories follow the numbers. */
  readonly numeric: readonly NumericColumn[];
  readonly categorical: readonly CategoricalColumn[];
}

export interface NumericColumn {
  readonly transform: NumericTransform;
  /** Its place among the columns of numbers. */
  readonly column: number;
}

export interface CategoricalColumn extends FittedCategory {
  /** The dictionary's code of each row. */
  readonly codes: Int32Array;
}

/** @throws AppError `FEATURES_NONE`, `FEATURES_TOO_MANY` */
export function fitFeatures(
  { input, signal }: StepContext,
  plan: Plan,
  table: Table,
  classes: Classes,
  train: Int32Array,
  decimal: number,
): FittedFeatures {
  const numeric: NumericColumn[] = [];
  const categorical: CategoricalColumn[] = [];
  const leftOut: LeftOut[] = [];
  const transformOf = numericFits(plan.numeric, table.numeric, train);
  plan.numeric.forEach((column, i) => {
    signal.throwIfAborted();
    const transform = transformOf(column, i);
    if (transform === null) leftOut.push({ column: column.name, reason: 'empty' });
    else numeric.push({ transform, column: i });
  });
  const isTraining = new Uint8Array(plan.categorical.length > 0 ? table.rows : 0);
  if (isTraining.length > 0) for (const row of train) isTraining[row] = 1;
  plan.categorical.forEach((column, i) => {
    const list = table.categorical[i];
    const fitted = list ? fitCategorical(column, list, isTraining, decimal) : null;
    if (list === undefined || fitted === null) leftOut.push({ column: column.name, reason: 'empty' });
    else categorical.push({ ...fitted, codes: list.all });
  });
  const oneHot = categorical.reduce((sum, { transform }) => sum + transform.categories.length, 0);
  const features = numeric.length + oneHot;
  if (features === 0) throw new AppError('FEATURES_NONE');
  if (oneHot > oneHotLimit) throw tooMany(oneHot, categorical);
  const names = [
    ...numeric.map(({ transform }) => transform.column),
    ...categorical.flatMap(({ transform: { column, categories } }) =>
      categories.map((category: string | number) => `${column}_${category}`),
    ),
  ];
  return {
    fitted: {
      numeric: numeric.map(({ transform }) => transform),
      categorical: categorical.map(({ transform }) => transform),
      inputColumns: plan.inputColumns,
      target: input.config.target,
      classes: classes.labels,
      fittedRows: train.length,
      featureNames: names,
    },
    leftOut,
    features,
    numeric,
    categorical,
  };
}

/** What fits one column of numbers after the other: all threads where the numbers lie in their memory. */
function numericFits(
  plans: readonly NumericPlan[],
  numbers: NumberColumns,
  train: Int32Array,
): (plan: NumericPlan, column: number) => NumericTransform | null {
  const { kernel, rows } = numbers;
  const order = new TrainingOrder(train, rows);
  const fitted = kernel !== null && numbers.isWhole ? fitColumns(kernel, numbers, plans, order) : () => undefined;
  let room: { values: Float64Array; ordered: Float64Array; scratch: Float64Array } | null = null;
  return (plan, i) => {
    const transform = fitted(i);
    if (transform !== undefined) return transform;
    const { length } = train;
    room ??= { values: new Float64Array(rows), ordered: new Float64Array(length), scratch: new Float64Array(length) };
    numbers.column(i, room.values);
    return fitNumeric(plan, room.values, order, room.ordered, room.scratch);
  };
}

function tooMany(features: number, categorical: readonly FittedCategory[]): AppError {
  const widths = categorical.map(({ transform }) => ({ column: transform.column, width: transform.categories.length }));
  const widest = widths.reduce((a, b) => (b.width > a.width ? b : a), { column: '', width: 0 });
  const { column, width: categories } = widest;
  return new AppError('FEATURES_TOO_MANY', { column, categories, features, limit: oneHotLimit });
}
