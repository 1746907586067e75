/**
 * scikit-learn's `ColumnTransformer` from fitted transforms: raw columns in, the features of `processed.pkl` out,
 * in the same order and under the same names. Attributes are those of scikit-learn 1.2 to 1.9 together.
 */
import type { CategoricalTransform, FittedPreprocessing, NumericTransform } from '../learn/types.js';
import { dtype, float64Array, int64, objectArray } from './numpy.js';
import { call, dict, float, global, int, list, type PickleValue, tuple } from './pickle-values.js';
import { type Attributes, sklearnComposite, sklearnObject } from './sklearn-object.js';

/** One transformer of the ColumnTransformer: some columns through one pipeline. */
interface Block {
  readonly name: string;
  readonly columns: readonly string[];
  readonly features: number;
  /** As given to the constructor, and as it is after `fit`. */
  readonly unfitted: PickleValue;
  readonly fitted: PickleValue;
}

/** `Pipeline(steps)` of named objects. */
export const pipeline = (steps: readonly (readonly [string, PickleValue])[]): PickleValue =>
  sklearnComposite('sklearn.pipeline', 'Pipeline', {
    steps: list(steps.map(([name, step]) => tuple(name, step))),
    memory: null,
    verbose: false,
  });

/** The fitted `ColumnTransformer`; columns that no transform names are dropped. */
export function columnTransformer(preprocessing: FittedPreprocessing): PickleValue {
  const { inputColumns, numeric, categorical, fittedRows, featureNames } = preprocessing;
  const blocks = runs(numeric).map((run, index) => numericBlock(run, index, fittedRows));
  if (categorical.length > 0) blocks.push(categoricalBlock(categorical));
  const used = new Set(blocks.flatMap(({ columns }) => columns));
  const unused = inputColumns.filter((column) => !used.has(column));
  const remainder = tuple('remainder', 'drop', list(unused));
  const fitted = blocks.map(({ name, fitted, columns }) => tuple(name, fitted, list(columns)));
  const indices = new Map(inputColumns.map((column, index) => [column, index]));
  const indexList = (columns: readonly string[]) => list(columns.map((column) => int(indices.get(column) ?? -1)));
  let at = 0;
  const slices = blocks.map(({ name, features }) => {
    at += features;
    return [name, slice(at - features, at)] as const;
  });
  return sklearnComposite('sklearn.compose', 'ColumnTransformer', {
    transformers: list(blocks.map(({ name, unfitted, columns }) => tuple(name, unfitted, list(columns)))),
    remainder: 'drop',
    // Always dense, as the training was: on sparse rows partial_fit would slow the intercept down (by 0.01).
    sparse_threshold: float(0),
    n_jobs: null,
    transformer_weights: null,
    verbose: false,
    // Names as in processed.pkl, without the transformer's in front; scikit-learn refuses that where two are equal.
    verbose_feature_names_out: new Set(featureNames).size < featureNames.length,
    feature_names_in_: objectArray(inputColumns),
    n_features_in_: int(inputColumns.length),
    transformers_: list(unused.length > 0 ? [...fitted, remainder] : fitted),
    sparse_output_: false,
    output_indices_: dict([...slices, ['remainder', slice(0, 0)]]),
    _transformer_to_input_indices: dict([
      ...blocks.map(({ name, columns }) => [name, indexList(columns)] as const),
      ['remainder', indexList(unused)],
    ]),
    _columns: list(blocks.map(({ columns }) => list(columns))),
    _remainder: remainder,
    _n_features: int(inputColumns.length),
    _name_to_fitted_passthrough: dict([]),
  });
}

const slice = (start: number, stop: number): PickleValue =>
  call(global('builtins', 'slice'), int(start), int(stop), null);

/**
 * Booleans without a missing value reach scikit-learn as dtype bool, which its imputer takes with a median or
 * a mean, but refuses with the most frequent: such columns are made floats (or, as categories, objects) first.
 */
const needsCast = ({ boolean, impute }: NumericTransform): boolean => boolean && impute === 'most_frequent';

/** Neighbouring columns that are treated alike; one transformer each keeps the features in file order. */
function runs(numeric: readonly NumericTransform[]): NumericTransform[][] {
  const treatment = (transform: NumericTransform) =>
    `${transform.impute} ${transform.standard !== null} ${needsCast(transform)}`;
  const found: NumericTransform[][] = [];
  let previous = '';
  for (const transform of numeric) {
    if (treatment(transform) !== previous) found.push([]);
    found.at(-1)?.push(transform);
    previous = treatment(transform);
  }
  return found;
}

function numericBlock(run: readonly NumericTransform[], index: number, fittedRows: number): Block {
  const columns = run.map(({ column }) => column);
  const strategy = run[0]?.impute ?? 'median';
  const cast = run.some(needsCast);
  const scalers = run.flatMap(({ standard }) => (standard === null ? [] : [standard]));
  const steps: Step[] = [];
  if (cast) steps.push({ name: 'to_float', ...castTo(global('numpy', 'float64'), columns) });
  const statistics = float64Array(Float64Array.from(run, ({ fill }) => fill));
  steps.push({ name: 'imputer', ...simpleImputer(strategy, cast ? null : columns, statistics, '<f8', run.length) });
  if (scalers.length > 0) steps.push({ name: 'scaler', ...standardScaler(scalers, fittedRows) });
  return block(index === 0 ? 'numeric' : `numeric_${index + 1}`, columns, run.length, steps);
}

function categoricalBlock(transforms: readonly CategoricalTransform[]): Block {
  const columns = transforms.map(({ column }) => column);
  const columnValues = transforms.map(pythonCategories);
  const statistics = objectArray(columnValues.map(({ fill }) => fill));
  const categories = columnValues.map(({ values }) => values);
  const steps: Step[] = [];
  const cast = transforms.every(mayBeBoolean);
  if (cast) steps.push({ name: 'to_object', ...castTo(global('builtins', 'object'), columns) });
  const named = cast ? null : columns;
  steps.push({ name: 'imputer', ...simpleImputer('most_frequent', named, statistics, '|O', columns.length) });
  steps.push({ name: 'encoder', ...oneHotEncoder(categories) });
  return block('categorical', columns, categories.flat().length, steps);
}

interface Step {
  readonly name: string;
  readonly unfitted: PickleValue;
  readonly fitted: PickleValue;
}

function block(name: string, columns: readonly string[], features: number, steps: readonly Step[]): Block {
  const unfitted = pipeline(steps.map((step) => [step.name, step.unfitted]));
  return { name, columns, features, unfitted, fitted: pipeline(steps.map((step) => [step.name, step.fitted])) };
}

/** An object with its parameters alone, and with what `fit` adds. */
function twice(module: string, type: string, params: Attributes, state: Attributes): Omit<Step, 'name'> {
  return {
    unfitted: sklearnObject(module, type, params),
    fitted: sklearnObject(module, type, { ...params, ...state }),
  };
}

/** `numpy.asarray(X, dtype)` as a step. */
function castTo(type: PickleValue, columns: readonly string[]): Omit<Step, 'name'> {
  const params: Attributes = {
    func: global('numpy', 'asarray'),
    inverse_func: null,
    validate: false,
    accept_sparse: false,
    check_inverse: true,
    feature_names_out: 'one-to-one',
    kw_args: dict([['dtype', type]]),
    inv_kw_args: null,
  };
  const state = { feature_names_in_: objectArray(columns), n_features_in_: int(columns.length) };
  return twice('sklearn.preprocessing', 'FunctionTransformer', params, state);
}

/** @param columns names of its input; null: it gets an array without names */
function simpleImputer(
  strategy: NumericTransform['impute'],
  columns: readonly string[] | null,
  statistics: PickleValue,
  type: '<f8' | '|O',
  width: number,
): Omit<Step, 'name'> {
  const params: Attributes = {
    missing_values: float(Number.NaN),
    strategy,
    fill_value: null,
    copy: true,
    add_indicator: false,
    keep_empty_features: false,
  };
  const state: Attributes = {
    statistics_: statistics,
    indicator_: null,
    n_features_in_: int(width),
    _fit_dtype: dtype(type),
    _fill_dtype: dtype(type),
  };
  const named = columns === null ? state : { ...state, feature_names_in_: objectArray(columns) };
  return twice('sklearn.impute', 'SimpleImputer', params, named);
}

function standardScaler(scalers: NonNullable<NumericTransform['standard']>[], rows: number): Omit<Step, 'name'> {
  const column = (name: 'mean' | 'variance' | 'scale') => float64Array(Float64Array.from(scalers, (one) => one[name]));
  return twice(
    'sklearn.preprocessing',
    'StandardScaler',
    { with_mean: true, with_std: true, copy: true },
    {
      mean_: column('mean'),
      var_: column('variance'),
      scale_: column('scale'),
      n_samples_seen_: int64(rows),
      n_features_in_: int(scalers.length),
    },
  );
}

function oneHotEncoder(categories: readonly (readonly PickleValue[])[]): Omit<Step, 'name'> {
  const params: Attributes = {
    categories: 'auto',
    drop: null,
    sparse_output: true,
    dtype: global('numpy', 'float64'),
    handle_unknown: 'ignore',
    min_frequency: null,
    max_categories: null,
    feature_name_combiner: 'concat',
  };
  return twice('sklearn.preprocessing', 'OneHotEncoder', params, {
    categories_: list(categories.map(objectArray)),
    drop_idx_: null,
    _drop_idx_after_grouping: null,
    _infrequent_enabled: false,
    _n_features_outs: list(categories.map(({ length }) => int(length))),
    n_features_in_: int(categories.length),
  });
}

/**
 * The categories as the objects that `pandas.read_csv` makes of them, so that they are found again: texts, and
 * whole numbers as `int`. Booleans are the numbers 0 and 1 here, which Python holds equal to `False` and `True`.
 */
function pythonCategories({ fill, categories }: CategoricalTransform): { fill: PickleValue; values: PickleValue[] } {
  const number = [fill, ...categories].every((value) => Number.isSafeInteger(value)) ? int : float;
  const convert = (value: string | number) => (typeof value === 'string' ? value : number(value));
  return { fill: convert(fill), values: categories.map(convert) };
}

const mayBeBoolean = ({ categories }: CategoricalTransform): boolean =>
  categories.every((category) => category === 0 || category === 1);
