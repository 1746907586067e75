import { classWeightOf, resolveClassWeights } from './class-weights.js';
import { DivergedError } from './errors.js';
import { isLinear, linearEpoch, linearIsFinite, newLinearState } from './linear/linear-model.js';
import { mlpEpoch } from './mlp/epoch.js';
import { networkIsFinite, newNetwork } from './mlp/network.js';
import { score } from './predict.js';
import { RandomState } from './random-state.js';
import type { ClassLabels, EpochScores, EstimatorSpec, EstimatorState, FittedEstimator, Matrix } from './types.js';

/** Rows with their class codes (0 to classes - 1), one a row. */
export interface LabelledRows {
  readonly x: Matrix;
  readonly y: Int32Array;
}

export interface TrainerOptions {
  readonly spec: EstimatorSpec;
  /** All labels, sorted; at least two. */
  readonly classes: ClassLabels;
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
  /** Go on from here: the run ends with the same bytes as one that was never interrupted. */
  readonly resume?: EstimatorState;
  /** `plain` forces the readable loops where a faster kernel gives the same numbers. */
  readonly kernels?: 'auto' | 'plain';
}

export interface Trainer {
  /**
   * Trains one epoch (one `partial_fit` over the training rows), then scores both parts.
   * @throws DivergedError when a weight or a loss is not finite; the state stays that of the epoch before
   */
  epoch(): EpochScores;
  /** The estimator as it is now; what it holds is not changed by later epochs. */
  fitted(): FittedEstimator;
}

/**
 * Trains one estimator, epoch by epoch, as scikit-learn's `partial_fit` does with an int `random_state`.
 * @throws RangeError when the spec cannot be trained (`optimal` with alpha 0), or `resume` is another model's
 */
export function createTrainer(options: TrainerOptions): Trainer {
  const { spec, classes, train, resume } = options;
  const { x, y } = train;
  const classWeights = resolveClassWeights(classWeightOf(spec), classes, y);
  if (isLinear(spec)) {
    if (resume && resume.kind !== 'linear') throw new RangeError('a linear model cannot go on from a network');
    const start = resume ?? newLinearState(classes.length, x.columns);
    return trainerOf(options, classWeights, start, linearEpoch(spec, classes.length, x, y, classWeights));
  }
  if (resume && resume.kind !== 'mlp') throw new RangeError('a network cannot go on from a linear model');
  const { params } = spec;
  const start = resume ?? newNetwork(params, x.columns, classes.length, new RandomState(params.random_state));
  return trainerOf(options, classWeights, start, mlpEpoch(params, classes.length, x, y));
}

/** @param next trains one epoch: a new state from a state that it leaves as it is */
function trainerOf<State extends EstimatorState>(
  { spec, classes, train, validation }: TrainerOptions,
  classWeights: Float64Array | null,
  start: State,
  next: (state: State) => State,
): Trainer {
  let state = start;
  return {
    epoch() {
      const trained = next(state);
      const diverged = new DivergedError(epochsOf(trained, train.x.rows));
      if (!stateIsFinite(trained)) throw diverged;
      const scores = {
        train: score(spec, trained, train.x, train.y),
        validation: score(spec, trained, validation.x, validation.y),
      };
      if (!Number.isFinite(scores.train.loss + scores.validation.loss)) throw diverged;
      state = trained;
      return scores;
    },
    fitted: () => ({ spec, classes, features: train.x.columns, state, classWeights }),
  };
}

function stateIsFinite(state: EstimatorState): boolean {
  return state.kind === 'linear' ? linearIsFinite(state) : networkIsFinite(state);
}

/** Epochs that led to this state. */
function epochsOf(state: EstimatorState, rows: number): number {
  return state.kind === 'linear' ? Math.round((state.t - 1) / rows) : state.lossCurve.length;
}
