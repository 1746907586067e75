import type { EpochScores, EstimatorState } from '../types.js';

/** Where the rows of one block lie: as many numbers and class codes as the largest block has. */
export interface Place {
  readonly x: Float64Array;
  readonly y: Int32Array;
}

/** What one pass over all blocks is to bring: the next state, the scores of the given one, or both. */
export interface Work {
  readonly train: boolean;
  readonly score: boolean;
}

/** Trains one kind of estimator block by block: the plain loops are one, the kernels another. */
export interface BlockLearner<State extends EstimatorState> {
  /** One block is read into one of them while the other is visited. */
  readonly places: readonly [Place, Place];
  /** Begins a pass from a state, which stays as it is. */
  begin(state: State, work: Work): void;
  /**
   * Trains on and scores the given training rows in their order, and scores the validation rows. A block may be
   * visited in several calls; all but its last have a multiple of the batch size of training rows.
   * @param rows numbers of rows in the place
   */
  visit(place: Place, rows: { readonly training: Int32Array; readonly validation: Int32Array }): void;
  /** The state after a pass that trained; not finite where training diverged. */
  trained(): State;
  /** The scores of the state that the pass began with, if it scored. */
  scores(): EpochScores;
  /** Ends the threads that help, where there are any. */
  close?(): void;
}

export interface BlockLearnerOptions {
  readonly classes: number;
  readonly columns: number;
  readonly trainRows: number;
  readonly validationRows: number;
  /** Rows of the largest block. */
  readonly blockRows: number;
  readonly chunkRows: number;
  /** In the order of the classes; null: all 1. */
  readonly classWeights: Float64Array | null;
}

/** Adds hits and losses of one part up over a pass. */
export class Tally {
  private hits = 0;
  private loss = 0;

  constructor(private readonly rows: number) {}

  clear(): void {
    this.hits = 0;
    this.loss = 0;
  }

  add(hits: number, loss: number): void {
    this.hits += hits;
    this.loss += loss;
  }

  get scores(): EpochScores['train'] {
    return { accuracy: this.hits / this.rows, loss: this.loss / this.rows };
  }
}

/** Calls with at most `chunkRows` rows at a time. */
export function inChunks(rows: Int32Array, chunkRows: number, call: (chunk: Int32Array) => void): void {
  for (let from = 0; from < rows.length; from += chunkRows) call(rows.subarray(from, from + chunkRows));
}
