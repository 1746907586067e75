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
  /** Blocks are read into some of them while another is visited. */
  readonly places: readonly Place[];
  /** Where rows are read by the thread that visits them, just before: so many at a time, into the only place. */
  readonly pieceRows?: number;
  /** Begins a pass from a state, which stays as it is. */
  begin(state: State, work: Work): void;
  /** Scores the first `rows` rows of a place and trains on them, as they lie. A network's batches end with the place. */
  visit(place: Place, rows: number): void;
  /** Scores the first `rows` rows of a place, which validate. */
  validate(place: Place, rows: number): void;
  /** Where the next piece of training rows is visited, and whether it has been read; if not, the caller reads it. */
  pieceAt?(piece: number): { readonly place: Place; readonly isRead: boolean };
  /** Whether the validation rows are scored elsewhere: a pass visits only those that it takes. */
  readonly validatesAside?: boolean;
  /** Takes validation rows (`from` counts them alone) that nobody has begun with, to be visited next; null: none is left. */
  takeAside?(): { readonly from: number; readonly rows: number } | null;
  /** Resolves when all that is done elsewhere is; called after the last block of a pass. */
  settle?(): Promise<void>;
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
  /** What rows in memory may take, in bytes: blocks, and rows that stay there. */
  readonly roomBytes: number;
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

  readonly add = (hits: number, loss: number): void => {
    this.hits += hits;
    this.loss += loss;
  };

  get scores(): EpochScores['train'] {
    return { accuracy: this.hits / this.rows, loss: this.loss / this.rows };
  }
}

/** Both parts' tallies. */
export class Tallies {
  readonly train: Tally;
  readonly validation: Tally;

  constructor({ trainRows, validationRows }: Pick<BlockLearnerOptions, 'trainRows' | 'validationRows'>) {
    this.train = new Tally(trainRows);
    this.validation = new Tally(validationRows);
  }

  clear(): void {
    this.train.clear();
    this.validation.clear();
  }

  get scores(): EpochScores {
    return { train: this.train.scores, validation: this.validation.scores };
  }
}

/** Calls with the front of a place, at most `most` rows at a time. */
export function inStretches({ x, y }: Place, rows: number, most: number, call: (part: Place) => void): void {
  const columns = x.length / y.length;
  for (let from = 0; from < rows; from += most) {
    const to = Math.min(rows, from + most);
    call({ x: x.subarray(from * columns, to * columns), y: y.subarray(from, to) });
  }
}
