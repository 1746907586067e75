/**
 * scikit-learn's classifiers from trained weights, as if `partial_fit` had just returned.
 *
 * Each object gets every `__init__` parameter (for `repr`, `clone` and a new `fit`; what the spec does not name
 * keeps scikit-learn's default), what prediction reads, and what a further `partial_fit` goes on from. The
 * attributes are those of scikit-learn 1.2 to 1.9 together: a version ignores what it does not know.
 */
import type {
  ClassLabels,
  FittedEstimator,
  LinearState,
  MlpParams,
  MlpState,
  PassiveAggressiveParams,
  PerceptronParams,
  SgdParams,
} from '../learn/types.js';
import { float64Array, int64Array, isNumeric, textArray } from './numpy.js';
import { dict, float, int, list, type PickleValue, tuple } from './pickle-values.js';
import { type Attributes, deprecatedSklearnObject, sklearnObject } from './sklearn-object.js';

/** The estimator of `spec`, fitted. @throws TypeError when the state is not of the model's kind */
export function estimator(fitted: FittedEstimator): PickleValue {
  const { spec, state } = fitted;
  if (spec.model === 'MLP') {
    if (state.kind !== 'mlp') throw new TypeError(`MLP cannot have a ${state.kind} state`);
    return sklearnObject('sklearn.neural_network', 'MLPClassifier', mlp(fitted, spec.params, state));
  }
  if (state.kind !== 'linear') throw new TypeError(`${spec.model} cannot have a ${state.kind} state`);
  const common = { ...linearDefaults, ...linearState(fitted, state) };
  const classWeight = spec.params.class_weight === null ? null : classWeights(fitted);
  switch (spec.model) {
    case 'LR':
    case 'SVM': {
      const loss = spec.model === 'LR' ? 'log_loss' : 'hinge';
      const attributes = { ...common, ...sgd(spec.params), loss, class_weight: classWeight };
      return sklearnObject('sklearn.linear_model', 'SGDClassifier', attributes);
    }
    case 'PER': {
      const attributes = { ...common, ...perceptron(spec.params), class_weight: classWeight };
      return sklearnObject('sklearn.linear_model', 'Perceptron', attributes);
    }
    case 'PA': {
      const attributes = { ...common, ...passiveAggressive(spec.params), class_weight: classWeight };
      return deprecatedSklearnObject('sklearn.linear_model', 'PassiveAggressiveClassifier', attributes);
    }
  }
}

/** What `BaseSGDClassifier` has and no spec names. Not every one is a parameter of every class; `partial_fit` reads all. */
const linearDefaults: Attributes = {
  epsilon: float(0.1),
  fit_intercept: true,
  shuffle: true,
  verbose: int(0),
  power_t: float(0.5),
  early_stopping: false,
  validation_fraction: float(0.1),
  n_iter_no_change: int(5),
  warm_start: false,
  average: false,
  max_iter: int(1000),
  tol: float(0.001),
  n_jobs: null,
};

const penaltyOf = (penalty: SgdParams['penalty']): PickleValue => (penalty === 'none' ? null : penalty);

const sgd = (params: SgdParams): Attributes => ({
  penalty: penaltyOf(params.penalty),
  alpha: float(params.alpha),
  l1_ratio: float(params.l1_ratio),
  learning_rate: params.learning_rate_schedule,
  eta0: float(params.learning_rate),
  power_t: float(params.power_t),
  random_state: int(params.random_state),
});

const perceptron = (params: PerceptronParams): Attributes => ({
  loss: 'perceptron',
  penalty: penaltyOf(params.penalty),
  alpha: float(params.alpha),
  l1_ratio: float(params.l1_ratio),
  learning_rate: 'constant',
  eta0: float(params.learning_rate),
  random_state: int(params.random_state),
});

/** 1.8 and later take the step's bound from `eta0`, earlier versions from `C`. */
const passiveAggressive = (params: PassiveAggressiveParams): Attributes => ({
  C: float(params.C),
  loss: params.loss,
  eta0: float(params.C),
  penalty: null,
  alpha: float(0.0001),
  l1_ratio: float(0.15),
  learning_rate: 'optimal',
  random_state: int(params.random_state),
});

const linearState = ({ classes, features }: FittedEstimator, state: LinearState): Attributes => ({
  coef_: float64Array(state.coef.data, [state.coef.rows, state.coef.columns]),
  intercept_: float64Array(state.intercept),
  classes_: labels(classes),
  n_features_in_: int(features),
  t_: float(state.t),
  n_iter_: int(1),
});

/** `{label: weight}`, every class named: `partial_fit` refuses `'balanced'`, which is a property of the training rows. */
function classWeights({ classes, classWeights: weights }: FittedEstimator): PickleValue {
  return dict(
    classes.map((label, code) => [typeof label === 'number' ? int(label) : label, float(weights?.[code] ?? 1)]),
  );
}

const labels = (classes: ClassLabels): PickleValue => (isNumeric(classes) ? int64Array(classes) : textArray(classes));

const mlpTolerance = 1e-4;

function mlp({ classes, features }: FittedEstimator, params: MlpParams, state: MlpState): Attributes {
  const binary = classes.length === 2;
  return {
    hidden_layer_sizes: tuple(...params.hidden_layer_sizes.map(int)),
    activation: params.activation,
    solver: params.solver,
    alpha: float(params.alpha),
    batch_size: int(params.batch_size),
    learning_rate: 'constant',
    learning_rate_init: float(params.learning_rate),
    power_t: float(0.5),
    max_iter: int(200),
    loss: 'log_loss',
    shuffle: true,
    random_state: int(params.random_state),
    tol: float(mlpTolerance),
    verbose: false,
    warm_start: false,
    momentum: float(params.momentum),
    nesterovs_momentum: true,
    early_stopping: false,
    validation_fraction: float(0.1),
    beta_1: float(0.9),
    beta_2: float(0.999),
    epsilon: float(1e-8),
    n_iter_no_change: int(10),
    max_fun: int(15000),
    coefs_: list(state.weights.map(({ data, rows, columns }) => float64Array(data, [rows, columns]))),
    intercepts_: list(state.biases.map((bias) => float64Array(bias))),
    n_layers_: int(state.weights.length + 1),
    n_outputs_: int(binary ? 1 : classes.length),
    out_activation_: binary ? 'logistic' : 'softmax',
    n_features_in_: int(features),
    classes_: labels(classes),
    _label_binarizer: labelBinarizer(classes, binary),
    t_: int(state.t),
    // Of the last partial_fit, as since 1.4; earlier versions counted on.
    n_iter_: int(1),
    validation_scores_: null,
    best_validation_score_: null,
    ...lossHistory(state.lossCurve),
  };
}

/** `_update_no_improvement_count` over all epochs: how many in a row did not lower the best loss by `tol`. */
function lossHistory(curve: readonly number[]): Attributes {
  let best = Number.POSITIVE_INFINITY;
  let count = 0;
  for (const loss of curve) {
    count = loss > best - mlpTolerance ? count + 1 : 0;
    best = Math.min(best, loss);
  }
  return {
    loss_curve_: list(curve.map(float)),
    loss_: float(curve.at(-1) ?? Number.POSITIVE_INFINITY),
    best_loss_: float(best),
    _no_improvement_count: int(count),
  };
}

const labelBinarizer = (classes: ClassLabels, binary: boolean): PickleValue =>
  sklearnObject('sklearn.preprocessing', 'LabelBinarizer', {
    neg_label: int(0),
    pos_label: int(1),
    sparse_output: false,
    classes_: labels(classes),
    y_type_: binary ? 'binary' : 'multiclass',
    sparse_input_: false,
  });
