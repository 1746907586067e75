import type { Threads } from './kernels/crew.js';
import type { RowRoom } from './kernels/row-room.js';
import type { EpochScores, EstimatorState, Matrix } from './types.js';

/** Rows with their class codes (0 to classes - 1), one a row. */
export interface LabelledRows {
  readonly x: Matrix;
  readonly y: Int32Array;
}

export interface LearnerOptions {
  readonly classes: number;
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
  /** In the order of the classes; null: all 1. */
  readonly classWeights: Float64Array | null;
  /** Threads that may help; none: the caller's alone. */
  readonly threads?: Threads | undefined;
  /** Where the rows of `x` lie already, in its order; `y` is in the order of the split all the same. */
  readonly room?: RowRoom | undefined;
}

/** Trains one kind of estimator over fixed rows: the plain loops are one, the kernels another. */
export interface Learner<State extends EstimatorState> {
  /** One epoch: a new state from a state that it leaves as it is; not finite where training diverged. */
  next(state: State): State;
  score(state: State): EpochScores;
  /** Both for one state, where the scores can ride on the pass that trains. */
  scoreAndNext?(state: State): { scores: EpochScores; next: State };
  /** Ends the threads that help, where there are any. */
  close?(): void;
}
