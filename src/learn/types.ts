/** Shapes that the numerics share with those who write files and run steps. */

/** A dense matrix, row after row (C order): element (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Labels of the classes, sorted; a row's class is an index into them. Whole numbers stay numbers. */
export type ClassLabels = readonly string[] | readonly number[];

/** Stochastic gradient descent for linear models; names, defaults and meaning as in scikit-learn's `SGDClassifier`. */
export interface SgdParams {
  readonly learning_rate: number;
  readonly learning_rate_schedule: 'constant' | 'optimal' | 'invscaling';
  readonly power_t: number;
  readonly penalty: 'l2' | 'l1' | 'elasticnet' | 'none';
  readonly alpha: number;
  readonly l1_ratio: number;
  readonly class_weight: ClassWeight;
  readonly random_state: number;
}
/** `null`: all 1; `balanced`: `compute_class_weight('balanced')` over the training rows; or by label. */
export type ClassWeight = null | 'balanced' | Readonly<Record<string, number>>;

export interface PerceptronParams {
  readonly learning_rate: number;
  readonly penalty: 'l2' | 'l1' | 'elasticnet' | 'none';
  readonly alpha: number;
  readonly l1_ratio: number;
  readonly class_weight: ClassWeight;
  readonly random_state: number;
}
export interface PassiveAggressiveParams {
  readonly C: number;
  readonly loss: 'hinge' | 'squared_hinge';
  readonly class_weight: ClassWeight;
  readonly random_state: number;
}
export interface MlpParams {
  readonly learning_rate: number;
  readonly batch_size: number;
  readonly hidden_layer_sizes: readonly number[];
  readonly activation: 'relu' | 'tanh' | 'logistic';
  readonly solver: 'sgd' | 'adam';
  readonly momentum: number;
  readonly alpha: number;
  readonly random_state: number;
}
export type EstimatorSpec =
  | { readonly model: 'LR' | 'SVM'; readonly params: SgdParams }
  | { readonly model: 'PER'; readonly params: PerceptronParams }
  | { readonly model: 'PA'; readonly params: PassiveAggressiveParams }
  | { readonly model: 'MLP'; readonly params: MlpParams };

/**
 * A trained linear model: `coef` has one row of `features` weights a class (binary: one row in all, for
 * `classes[1]`), `intercept` one value a row. `t` counts samples seen, from 1, as scikit-learn's `t_`.
 */
export interface LinearState {
  readonly kind: 'linear';
  readonly coef: Matrix;
  readonly intercept: Float64Array;
  readonly t: number;
}

/**
 * A trained network: layer k maps `weights[k].rows` inputs to `weights[k].columns` outputs; binary has one
 * output unit. `velocities`/`moments` are the optimiser's, for going on; `lossCurve` has a value an epoch.
 */
export interface MlpState {
  readonly kind: 'mlp';
  readonly weights: readonly Matrix[];
  readonly biases: readonly Float64Array[];
  readonly optimiser: {
    readonly velocities: readonly Float64Array[];
    readonly secondMoments: readonly Float64Array[];
    readonly steps: number;
  };
  readonly t: number;
  readonly lossCurve: readonly number[];
}
export type EstimatorState = LinearState | MlpState;

/** All that is needed to predict, to go on training, or to write the model out. */
export interface FittedEstimator {
  readonly spec: EstimatorSpec;
  readonly classes: ClassLabels;
  readonly features: number;
  readonly state: EstimatorState;
  /** Resolved class weights in the order of `classes`; null where all are 1. */
  readonly classWeights: Float64Array | null;
}

export interface Scores {
  readonly accuracy: number;
  /** Mean log loss (LR, MLP: `sklearn.metrics.log_loss`) or hinge loss (SVM, PER, PA: `sklearn.metrics.hinge_loss`). */
  readonly loss: number;
}
export interface EpochScores {
  readonly train: Scores;
  readonly validation: Scores;
}

/** A numeric column as the training split taught it: `(value ?? fill) - mean) / scale`; scale null: left as it is. */
export interface NumericTransform {
  readonly column: string;
  readonly impute: 'median' | 'mean' | 'most_frequent';
  readonly fill: number;
  readonly standard: { readonly mean: number; readonly variance: number; readonly scale: number } | null;
  /** Values of the column are booleans in the CSV (`true`, `False`), read as 1 and 0. */
  readonly boolean: boolean;
}

/**
 * A categorical column: missing becomes `fill`, then one 0/1 feature a category (sorted; unseen: all 0).
 * Categories are numbers where the CSV's column holds numbers only but was asked to be a category.
 */
export interface CategoricalTransform {
  readonly column: string;
  readonly fill: string | number;
  readonly categories: readonly string[] | readonly number[];
}

/** Feature order: numeric columns in file order, then the one-hot blocks in file order. */
export interface FittedPreprocessing {
  readonly numeric: readonly NumericTransform[];
  readonly categorical: readonly CategoricalTransform[];
  /** All columns of the CSV but the target, in file order, used or not: what a raw DataFrame holds. */
  readonly inputColumns: readonly string[];
  readonly target: string;
  readonly classes: ClassLabels;
  /** Rows that the transforms were fitted on. */
  readonly fittedRows: number;
  /** One name a feature: `column`, or `column_category`. */
  readonly featureNames: readonly string[];
}
