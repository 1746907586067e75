/** A throw inside a step as the fault that is kept. */
import type { StepName } from '../contract/entities.js';
import { AppError, toAppError } from '../contract/errors.js';

/** How V8 says that an array, a buffer or a WebAssembly memory did not fit. */
const noMemory = /array buffer allocation failed|could not allocate memory|invalid (typed )?array (buffer )?length/i;

/** Any thrown value as an AppError; memory that was refused outside the heap is `STEP_OUT_OF_MEMORY`. */
export function faultOfThrow(thrown: unknown, step: StepName): AppError {
  if (isRefusedMemory(thrown)) return new AppError('STEP_OUT_OF_MEMORY', { step }, { cause: thrown });
  return toAppError(thrown);
}

function isRefusedMemory(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if ('code' in thrown && thrown.code === 'ERR_MEMORY_ALLOCATION_FAILED') return true;
  return thrown instanceof RangeError && noMemory.test(thrown.message);
}

/** The stack of a throw and of its causes. */
export function tracebackOf(thrown: unknown): string {
  const parts: string[] = [];
  for (let error: unknown = thrown; error !== undefined && parts.length < 5; ) {
    parts.push(error instanceof Error ? (error.stack ?? String(error)) : String(error));
    error = error instanceof Error ? error.cause : undefined;
  }
  return parts.join('\ncaused by: ');
}
