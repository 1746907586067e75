import { classWeightOf, resolveClassWeights } from './class-weights.js';
import { DivergedError } from './errors.js';
import { epochsOf, stateIsFinite } from './estimator-state.js';
import type { Threads } from './kernels/crew.js';
import { linearKernel, linearRoom } from './kernels/linear-kernel.js';
import { networkKernel, networkRoom } from './kernels/network-kernel.js';
import type { RoomShape, RowRoom } from './kernels/row-room.js';
import type { LabelledRows, Learner, LearnerOptions } from './learner.js';
import { binaryProblems, isLinear, linearEpoch, newLinearState } from './linear/linear-model.js';
import { type LinearSpec, sgdRuleOf } from './linear/sgd-rule.js';
import { mlpEpoch } from './mlp/epoch.js';
import { newNetwork } from './mlp/network.js';
import { score } from './predict.js';
import { RandomState } from './random-state.js';
import type {
  ClassLabels,
  EpochScores,
  EstimatorSpec,
  EstimatorState,
  FittedEstimator,
  LinearState,
  MlpParams,
  MlpState,
} from './types.js';

export interface TrainerOptions {
  readonly spec: EstimatorSpec;
  /** All labels, sorted; at least two. */
  readonly classes: ClassLabels;
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
  /** Go on from here: the run ends with the same bytes as one that was never interrupted. */
  readonly resume?: EstimatorState | undefined;
  /** `plain` forces the readable loops where a faster kernel gives the same numbers. */
  readonly kernels?: 'auto' | 'plain' | undefined;
  /** Threads that may help the kernels; their number changes no result. */
  readonly threads?: Threads | undefined;
  /** How many epochs will be asked for, if known: saves training ahead of the last one. More may be asked for. */
  readonly epochs?: number | undefined;
  /** Where the rows of both parts lie already; `x` of both are its `parts`. Only without `plain` kernels. */
  readonly room?: RowRoom | undefined;
}

/**
 * Room in the kernels' memory for the rows of both parts, to be brought there before `createTrainer`.
 * @returns null where the memory or the engine has no room for it: then the plain loops train
 */
export function openRoom(spec: EstimatorSpec, shape: RoomShape, threads?: Threads | undefined): RowRoom | null {
  return isLinear(spec) ? linearRoom(spec, shape) : networkRoom(spec.params, shape, threads);
}

export interface Trainer {
  /**
   * Trains one epoch (one `partial_fit` over the training rows), then scores both parts.
   * @throws DivergedError when a weight or a loss is not finite; the state stays that of the epoch before
   * @throws ThreadLostError when a thread that helped has ended; no epoch can follow
   */
  epoch(): EpochScores;
  /** The estimator as it is now; what it holds is not changed by later epochs. */
  fitted(): FittedEstimator;
  /** Ends the threads that help. No epoch can follow. */
  close(): void;
}

/**
 * Trains one estimator, epoch by epoch, as scikit-learn's `partial_fit` does with an int `random_state`.
 * @throws RangeError when the spec cannot be trained (`optimal` with alpha 0), or `resume` is another model's
 */
export function createTrainer(options: TrainerOptions): Trainer {
  const { spec, classes, train, validation, resume, threads, room } = options;
  const classWeights = resolveClassWeights(classWeightOf(spec), classes, train.y);
  const rows: LearnerOptions = { classes: classes.length, train, validation, classWeights, threads, room };
  const { columns } = train.x;
  if (isLinear(spec)) {
    if (resume && resume.kind !== 'linear') throw new RangeError('a linear model cannot go on from a network');
    const kernel = options.kernels === 'plain' ? null : linearKernel(spec, rows);
    const start = resume ?? newLinearState(classes.length, columns);
    return trainerOf(options, classWeights, start, kernel ?? plainLinear(spec, rows));
  }
  if (resume && resume.kind !== 'mlp') throw new RangeError('a network cannot go on from a linear model');
  const { params } = spec;
  const start = resume ?? newNetwork(params, columns, classes.length, new RandomState(params.random_state));
  const kernel = options.kernels === 'plain' ? null : networkKernel(params, rows);
  return trainerOf(options, classWeights, start, kernel ?? plainNetwork(params, rows));
}

function trainerOf<State extends EstimatorState>(
  options: TrainerOptions,
  classWeights: Float64Array | null,
  start: State,
  learner: Learner<State>,
): Trainer {
  const { spec, classes, train } = options;
  let state = start;
  /** The state one epoch on, where it is known already. */
  let ahead: State | null = null;
  let epochsLeft = options.epochs ?? Number.POSITIVE_INFINITY;
  return {
    epoch() {
      ahead ??= learner.next(state);
      const trained = ahead;
      const diverged = new DivergedError(epochsOf(trained, train.x.rows));
      if (!stateIsFinite(trained)) throw diverged;
      const riding = epochsLeft > 1 ? learner.scoreAndNext?.(trained) : undefined;
      const scores = riding?.scores ?? learner.score(trained);
      if (!Number.isFinite(scores.train.loss + scores.validation.loss)) throw diverged;
      state = trained;
      ahead = riding?.next ?? null;
      epochsLeft -= 1;
      return scores;
    },
    close: () => learner.close?.(),
    fitted: () => ({ spec, classes, features: train.x.columns, state, classWeights }),
  };
}

function plainLinear(spec: LinearSpec, options: LearnerOptions): Learner<LinearState> {
  const rule = sgdRuleOf(spec);
  const problems = binaryProblems(spec, options.classes, options.train, options.classWeights);
  return {
    next: (state) => linearEpoch(rule, problems, state),
    score: (state) => scoreBoth(spec, state, options),
  };
}

function plainNetwork(params: MlpParams, options: LearnerOptions): Learner<MlpState> {
  const { classes, train } = options;
  return {
    next: (state) => mlpEpoch(params, classes, train.x, train.y, state),
    score: (state) => scoreBoth({ model: 'MLP', params }, state, options),
  };
}

function scoreBoth(spec: EstimatorSpec, state: EstimatorState, { train, validation }: LearnerOptions): EpochScores {
  return { train: score(spec, state, train.x, train.y), validation: score(spec, state, validation.x, validation.y) };
}
