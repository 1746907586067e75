/** The fitted columns together: from the kept rows to rows of features. */
import { AppError } from '../../contract/errors.js';
import type { FittedPreprocessing, NumericTransform } from '../../learn/types.js';
import type { StepContext } from '../context.js';
import type { Classes } from './classes.js';
import { type FittedCategory, fitCategorical, fitNumeric, TrainingOrder } from './fit.js';
import type { NumberBlock } from './number-columns.js';
import type { LeftOut, Plan } from './plan.js';
import type { Table } from './table-reader.js';

/** Most features that categories may make: beyond that a column of names, or of numbers with a slip, has swallowed the table. */
const oneHotLimit = 10_000;

export interface FittedFeatures {
  readonly fitted: FittedPreprocessing;
  /** Columns without a value among the training rows. */
  readonly leftOut: readonly LeftOut[];
  readonly features: number;
  /** Fills `features` with those of rows `from` to `to` of a block, row after row. */
  transform(block: NumberBlock, from: number, to: number, features: Float64Array): void;
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
  const numeric: { transform: NumericTransform; column: number }[] = [];
  const categorical: (FittedCategory & { codes: Int32Array })[] = [];
  const leftOut: LeftOut[] = [];
  const values = new Float64Array(table.rows);
  const order = new TrainingOrder(train, table.rows);
  const ordered = new Float64Array(train.length);
  const scratch = new Float64Array(train.length);
  plan.numeric.forEach((column, i) => {
    signal.throwIfAborted();
    table.numeric.column(i, values);
    const transform = fitNumeric(column, values, order, ordered, scratch);
    if (transform === null) leftOut.push({ column: column.name, reason: 'empty' });
    else numeric.push({ transform, column: i });
  });
  plan.categorical.forEach((column, i) => {
    const list = table.categorical[i];
    const fitted = list ? fitCategorical(column, list, train, decimal) : null;
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
    transform({ from: first, stride, data }, from, to, block) {
      numeric.forEach(({ transform, column }, feature) => {
        standardiseInto(
          transform,
          data.subarray(column * stride + from, column * stride + to),
          block,
          feature,
          features,
        );
      });
      let feature = numeric.length;
      for (const { transform, codes, categoryOf, missing } of categorical) {
        const width = transform.categories.length;
        oneHotInto(codes.subarray(first + from, first + to), categoryOf, missing, block, feature, width, features);
        feature += width;
      }
    },
  };
}

function tooMany(features: number, categorical: readonly FittedCategory[]): AppError {
  const widths = categorical.map(({ transform }) => ({ column: transform.column, width: transform.categories.length }));
  const widest = widths.reduce((a, b) => (b.width > a.width ? b : a), { column: '', width: 0 });
  const { column, width: categories } = widest;
  return new AppError('FEATURES_TOO_MANY', { column, categories, features, limit: oneHotLimit });
}

/** `(value - mean) / scale` into column `feature` of a block with `stride` columns. */
function standardiseInto(
  { fill, standard }: NumericTransform,
  values: Float64Array,
  block: Float64Array,
  feature: number,
  stride: number,
): void {
  const { mean, scale } = standard ?? { mean: 0, scale: 1 };
  for (let row = 0, slot = feature; row < values.length; row++, slot += stride) {
    const value = values[row] ?? 0;
    const filled = Number.isNaN(value) ? fill : value;
    block[slot] = standard === null ? filled : (filled - mean) / scale;
  }
}

/** One 1 a row among `width` columns from `feature` on; none for a category that was not fitted. */
function oneHotInto(
  codes: Int32Array,
  categoryOf: Int32Array,
  missing: number,
  block: Float64Array,
  feature: number,
  width: number,
  stride: number,
): void {
  for (let row = 0, slot = feature; row < codes.length; row++, slot += stride) {
    const code = codes[row] ?? -1;
    const category = code < 0 ? missing : (categoryOf[code] ?? -1);
    block.fill(0, slot, slot + width);
    if (category >= 0) block[slot + category] = 1;
  }
}
