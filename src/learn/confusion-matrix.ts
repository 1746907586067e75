import { intAt } from './vector.js';

/**
 * Counts of rows by true class (row) and predicted class (column), as `sklearn.metrics.confusion_matrix`.
 * @param truth class codes, 0 to `classes - 1`
 * @param predicted class codes, as many
 */
export function confusionMatrix(truth: Int32Array, predicted: Int32Array, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i += 1) {
    const row = matrix[intAt(truth, i)];
    const column = intAt(predicted, i);
    if (row) row[column] = (row[column] ?? 0) + 1;
  }
  return matrix;
}

/** Figures of one class, as in `sklearn.metrics.classification_report`. */
export interface ClassFigures {
  /** Of the rows predicted as this class, the share that is of it. */
  readonly precision: number;
  /** Of the rows of this class, the share predicted so. */
  readonly recall: number;
  /** The harmonic mean of both. */
  readonly f1: number;
  /** Rows of this class. */
  readonly support: number;
}

/** Figures of each class from its confusion matrix; a share of nothing is 0 (`zero_division=0`). */
export function classFigures(matrix: readonly (readonly number[])[]): ClassFigures[] {
  return matrix.map((row, k) => {
    const hits = row[k] ?? 0;
    const support = row.reduce((sum, count) => sum + count, 0);
    const predicted = matrix.reduce((sum, other) => sum + (other[k] ?? 0), 0);
    return {
      precision: share(hits, predicted),
      recall: share(hits, support),
      f1: share(2 * hits, support + predicted),
      support,
    };
  });
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
