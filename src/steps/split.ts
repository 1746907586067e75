/** The split into training and validation rows; both steps that need it make it by the same rule. */
import type { WorkflowConfig } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { SplitError, trainTestSplit } from '../learn/index.js';

export interface Split {
  /** Row numbers among the kept rows, in the order in which scikit-learn returns them. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * @param codes each row's class
 * @throws AppError `SPLIT_TOO_SMALL` when a side is left without a row (or, stratified, without one a class)
 */
export function splitRows(config: WorkflowConfig, codes: Int32Array, classes: number): Split {
  const { test_size: testSize, random_state: randomState } = config.params;
  const rows = codes.length;
  const { stratify } = config.preprocessing;
  try {
    const { train, test } = trainTestSplit({
      rows,
      testSize,
      randomState,
      stratify: stratify ? { y: codes, classes } : undefined,
    });
    return { train, validation: test };
  } catch (thrown) {
    if (!(thrown instanceof SplitError)) throw thrown;
    const validation = Math.min(rows, Math.ceil(testSize * rows));
    throw new AppError('SPLIT_TOO_SMALL', { testSize, rows, train: rows - validation, validation }, { cause: thrown });
  }
}
