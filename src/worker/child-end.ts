/** What a child's end means when it came without a last word. */
import type { StepName } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { ChildEnd } from './child-process.js';

/** In the words of a log: `SIGKILL`, `exit code 7`. */
export function describeEnd({ code, signal }: ChildEnd): string {
  return signal ?? (code === null ? 'never started' : `exit code ${code}`);
}

/**
 * The fault of a step whose process ended without a word. V8 says on its error output that the heap is full and
 * aborts; that is sure, and would happen again, so it is not tried again. A SIGKILL may be the system's for want
 * of memory or anybody's `kill -9`: tried again, since giving up work that could succeed is the worse mistake.
 */
export function faultOfEnd(end: ChildEnd, step: StepName): AppError {
  if (/heap out of memory|Allocation failed - JavaScript/.test(end.output)) {
    return new AppError('STEP_OUT_OF_MEMORY', { step });
  }
  return new AppError('STEP_CRASHED', { step, how: describeEnd(end) });
}
