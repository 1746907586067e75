import { isLinear } from '../linear/linear-model.js';
import { firstVisitOrder } from '../linear/visit-order.js';
import { firstOrder, laterOrder } from '../mlp/epoch.js';
import type { EstimatorSpec } from '../types.js';

/**
 * What another thread needs to help a linear model through a pass: addresses in the kernels' memory. It reads pieces of
 * training rows before they are visited, as far as there are places, and scores the validation rows.
 */
export interface AidePlan {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Rows that are read at a time; a stretch of rows, whose losses have one sum, is made of such. */
  readonly pieceRows: number;
  readonly stretchRows: number;
  /** Pieces from the first on that stay in memory: nobody reads them ahead. */
  readonly kept: number;
  /** Places for the rows and classes of a piece: piece i goes to place i modulo their number. */
  readonly ahead: readonly { readonly x: number; readonly codes: number }[];
  /**
   * i32 words: the piece at hand (their number when all are visited); stretches of validation rows that somebody has
   * begun with, this thread from the first on, the other from the last; then of each place the piece it holds, plus 1.
   */
  readonly words: number;
  /** Room for a piece of validation rows, and for the classes and decisions of a stretch. */
  readonly x: number;
  readonly codes: number;
  readonly decisions: number;
  /** Where hits and loss of each stretch of validation rows go. */
  readonly sums: number;
  readonly coef: number;
  readonly intercept: number;
  /** Log loss; else hinge loss. */
  readonly logistic: boolean;
}

/** A thread that helps, and that nobody waits for but at the end of a pass. */
export interface Aide {
  /** A pass begins: the words say that no piece is there. @param scores with the weights that lie in the memory now */
  begin(scores: boolean): void;
  /** Resolves when it has done with the pass: no piece is being read, and the sums are there. @throws what ends the run */
  finished(): Promise<void>;
}

/**
 * A labelled table that is not in memory, laid out on disk: its training rows in the order in which they are visited,
 * then its validation rows in the order of the split. It is read from front to end into places that the reader is
 * given. Whoever holds the file supplies it; nothing here knows of files.
 */
export interface LaidRows {
  readonly columns: number;
  readonly trainRows: number;
  readonly validationRows: number;
  /** How many training rows each class has. */
  readonly trainingCounts: Int32Array;
  /**
   * Lays the training rows out anew. Nothing is being read.
   * @param order of the visit: row numbers within the training part of the split
   * @throws whatever ends the run
   */
  layOut(order: Int32Array): Promise<void>;
  /**
   * Fills the front of `x` and `y` with `count` rows from row `from` of the layout on; they may be filled while other
   * work goes on.
   * @throws whatever ends the run: it ends the epoch too
   */
  read(from: number, count: number, x: Float64Array, y: Int32Array): Promise<void>;
  /** The same at once, by the thread that calls. @throws whatever ends the run */
  readNow(from: number, count: number, x: Float64Array, y: Int32Array): void;
  /** Where another thread can read too: helps on it, once the rows are laid out. */
  aide?(plan: AidePlan): Aide;
  /** Called between stretches of work, so that the process can hear what it is told. @throws what ends the run */
  pause(): Promise<void>;
}

/**
 * The order in which an epoch visits the training rows: the one that training in memory has, but that with more than
 * two classes all one-vs-rest problems share the first one's.
 * @param kind of the epoch: a network's first has an order of its own
 */
export function epochOrder(
  spec: EstimatorSpec,
  kind: 'first' | 'later',
  { classes, columns, rows }: { readonly classes: number; readonly columns: number; readonly rows: number },
): Int32Array {
  if (isLinear(spec)) return firstVisitOrder(spec.params.random_state, classes, rows);
  return kind === 'first' ? firstOrder(spec.params, classes, rows, columns) : laterOrder(spec.params, rows);
}
