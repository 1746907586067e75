/** What can go wrong in the numerics; the caller turns these into words for a person. */

/**
 * Training left the range of numbers: after this epoch a weight, or the loss, is infinite or not a number.
 * The trainer still holds the state after the last epoch that was finite.
 */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  /** @param epoch the epoch that diverged, counted from 1 over the whole run, resumed or not */
  constructor(readonly epoch: number) {
    super(`training diverged in epoch ${epoch}`);
  }
}

/** Why rows cannot be split as asked. */
export type SplitFault = 'test_size' | 'empty_train' | 'class_with_one_row' | 'more_classes_than_rows';

export class SplitError extends Error {
  override readonly name = 'SplitError';
  /** @param fault `class_with_one_row` and `more_classes_than_rows` arise only when stratifying */
  constructor(readonly fault: SplitFault) {
    super(`rows cannot be split: ${fault}`);
  }
}
