/** How many attempts ended in a worker since it started, and how. */
import type { StepName } from '../contract/entities.js';
import type { AttemptEnd } from '../engine/operations/worker-ports.js';

/**
 * How an attempt ended: `retried` after a fault that may not come again, `handed_back` because the worker stops,
 * `cancelled` by its workflow, `lost` to another worker.
 */
export type AttemptOutcome = AttemptEnd['outcome'];

export class Counters {
  #processed = 0;
  #failed = 0;
  #retried = 0;
  readonly #bySteps: Partial<Record<StepName, number>> = {};

  count(step: StepName, outcome: AttemptOutcome): void {
    this.#processed += 1;
    this.#bySteps[step] = (this.#bySteps[step] ?? 0) + 1;
    if (outcome === 'failed') this.#failed += 1;
    if (outcome === 'retried') this.#retried += 1;
  }

  read() {
    return {
      processed: this.#processed,
      failed: this.#failed,
      retried: this.#retried,
      processedBySteps: { ...this.#bySteps },
    };
  }
}
