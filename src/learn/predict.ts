import { linearDecision } from './linear/linear-model.js';
import { networkDecision, networkProbabilities } from './mlp/network.js';
import { accuracy, bothColumns, chooseClasses, hingeLoss, logLoss, oneVsRestProbabilities } from './scoring.js';
import type { EstimatorSpec, EstimatorState, FittedEstimator, Matrix, Scores } from './types.js';

type Model = Pick<FittedEstimator, 'spec' | 'state'>;

/**
 * Decisions: one column for two classes (above 0: the second one), else one a class.
 *
 * Linear models: `decision_function`. A network, for which scikit-learn has none: the last layer's outputs
 * before logistic or softmax.
 * @param x as many columns as features
 */
export function decisionFunction(fitted: Model, x: Matrix): Matrix {
  const { spec, state } = fitted;
  if (state.kind === 'linear') return linearDecision(state, x);
  return networkDecision(state, spec.model === 'MLP' ? spec.params.activation : 'relu', x);
}

/** The predicted class code of each row, as `predict`. */
export function predict(fitted: Model, x: Matrix): Int32Array {
  return codesFrom(fitted.state, decisionFunction(fitted, x));
}

/** Probabilities, one column a class, as `predict_proba`; null for models without (SVM, PER, PA). */
export function predictProba(fitted: Model, x: Matrix): Matrix | null {
  return probabilitiesFrom(fitted.spec, decisionFunction(fitted, x));
}

/** Accuracy and loss over rows whose classes are known. @param y class codes, one a row of x, at least one */
export function score(spec: EstimatorSpec, state: EstimatorState, x: Matrix, y: Int32Array): Scores {
  const decision = decisionFunction({ spec, state }, x);
  const probabilities = probabilitiesFrom(spec, decision);
  return {
    accuracy: accuracy(y, codesFrom(state, decision)),
    loss: probabilities ? logLoss(y, probabilities) : hingeLoss(y, decision),
  };
}

/** A network decides by its probabilities: at the far ends of the range these can be equal where decisions are not. */
function codesFrom(state: EstimatorState, decision: Matrix): Int32Array {
  return state.kind === 'linear' ? chooseClasses(decision, 0) : chooseClasses(networkProbabilities(decision), 0.5);
}

function probabilitiesFrom(spec: EstimatorSpec, decision: Matrix): Matrix | null {
  if (spec.model === 'LR') return oneVsRestProbabilities(decision);
  if (spec.model !== 'MLP') return null;
  const probabilities = networkProbabilities(decision);
  return probabilities.columns === 1 ? bothColumns(probabilities) : probabilities;
}
