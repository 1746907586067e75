/** What becomes of a step whose attempt ended with a fault. */
import type { StepName } from '../contract/entities.js';
import type { AppError } from '../contract/errors.js';
import type { Clock, Fence, Store } from './ports.js';

/** With the third fault in a row the step is set aside: a message that kills its worker must not go on doing so. */
const maxFaults = 3;

const firstPauseMs = 1_000;
const pauseFactor = 4;
const longestPauseMs = 60_000;

export interface FailedAttempt extends Fence {
  name: StepName;
  /** Faults before this one. */
  failures: number;
}

export interface SettleContext {
  store: Store;
  clock: Clock;
  /** Uniform in [0, 1), as `Math.random`. */
  random: () => number;
}

/**
 * Decides what follows a fault: a fault of the input ends the workflow, one of the machinery is tried again with
 * exponential backoff and jitter, at most `maxFaults` times in all. A worker that stops and hands its step back
 * (`WORKER_STOPPED`) counts as no fault.
 * @returns `fenced`: the attempt was no longer the current one, and nothing was written
 */
export async function settleFailure(
  { store, clock, random }: SettleContext,
  attempt: FailedAttempt,
  error: AppError,
  traceback: string | null,
  options: { atOnce?: boolean } = {},
): Promise<'retry' | 'failed' | 'fenced'> {
  const { stepId, attempt: number, name, failures } = attempt;
  const fence: Fence = { stepId, attempt: number };
  const now = clock.now();
  const stored = { code: error.code, params: error.params };
  if (error.code === 'WORKER_STOPPED') {
    return (await store.requeueStep(fence, null, now, false, now)) ? 'retry' : 'fenced';
  }
  const faults = failures + 1;
  if (error.retryable && faults < maxFaults) {
    const retryAt = options.atOnce ? now : new Date(now.getTime() + pauseMs(faults, random));
    return (await store.requeueStep(fence, stored, retryAt, true, now, traceback)) ? 'retry' : 'fenced';
  }
  const last = error.retryable
    ? { code: 'STEP_GAVE_UP' as const, params: { ...error.params, step: name, attempts: faults, lastCode: error.code } }
    : stored;
  return (await store.failStep(fence, last, traceback, now)) ? 'failed' : 'fenced';
}

/** Between half and all of the exponential pause, so that many steps that failed together do not come back together. */
function pauseMs(faults: number, random: () => number): number {
  const full = Math.min(longestPauseMs, firstPauseMs * pauseFactor ** (faults - 1));
  return Math.round(full * (0.5 + random() / 2));
}
