/** From a message to a claimed step. A message is a hint: without a claim there is nothing to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../contract/errors.js';
import { whyNotRunnable } from '../contract/tasks.js';
import type { ClaimedStep, Clock, Delivery, Store } from '../engine/ports.js';
import { limits } from './limits.js';
import type { WorkerLog } from './worker-options.js';

export interface ClaimsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly worker: string;
  readonly leaseMs: number;
  readonly log: WorkerLog;
  /** Aborted when the worker stops. */
  readonly stop: AbortSignal;
}

export class Claims {
  readonly #options: ClaimsOptions;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** Null: nothing to do. `away`: the database is, and the message should go back to its queue. */
  async take(delivery: Delivery): Promise<ClaimedStep | null | 'away'> {
    const claim = await this.#claim(delivery);
    if (claim === null || claim === 'away') return claim;
    const doubt = whyNotRunnable(claim.input);
    if (doubt === null) return claim;
    await this.#leaveToNewer(claim, doubt);
    return null;
  }

  async #claim(delivery: Delivery): Promise<ClaimedStep | null | 'away'> {
    const { store, clock, worker, leaseMs, log, stop } = this.#options;
    const [stepId] = delivery.message.args;
    try {
      return await store.claimStep(stepId, worker, leaseMs, clock.now());
    } catch (error) {
      log.error({ err: error, task: delivery.message }, 'the step could not be claimed');
      // Unless the database is away, the message would fail again at once; the step is found and published anew.
      if (!(error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE')) return null;
      await sleep(limits.retryMs, undefined, { signal: stop }).catch(() => {});
      return 'away';
    }
  }

  /** During an upgrade: a newer server asked for what this version would leave out. No fault is counted. */
  async #leaveToNewer({ input }: ClaimedStep, doubt: string): Promise<void> {
    const { store, clock, log } = this.#options;
    const { stepId, attempt } = input;
    const now = clock.now();
    const retryAt = new Date(now.getTime() + limits.notRunnableMs);
    try {
      await store.requeueStep({ stepId, attempt }, null, retryAt, false, now);
      log.warn({ stepId, attempt, doubt }, 'a step is left to a newer worker');
    } catch (error) {
      // The lease runs out, and the step is found again.
      log.error({ err: error, stepId, attempt, doubt }, 'a step could not be left to a newer worker');
    }
  }
}
