/** Keeps the lease of one attempt, carries its progress, and brings word when the step is no longer this worker's. */
import type { Progress } from '../contract/entities.js';
import type { Clock, Fence, Store } from '../engine/ports.js';
import { limits } from './limits.js';
import type { WorkerLog } from './worker-options.js';

export interface LeaseOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly fence: Fence;
  readonly leaseMs: number;
  readonly log: WorkerLog;
  /** The latest that the child said. */
  readonly progress: () => Progress | null;
  /** Called at most once, then the lease is let go. */
  readonly onGone: (why: 'cancelled' | 'lost') => void;
}

export class Lease {
  readonly #options: LeaseOptions;
  #renewedAt = performance.now();
  #written: Progress | null = null;
  #timer: NodeJS.Timeout | null = null;
  #released = false;

  /** Begins with the lease that the claim gave. */
  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#renewLater();
  }

  /** By this machine's clock; the database decides. */
  held(): boolean {
    return !this.#released && performance.now() - this.#renewedAt < this.#options.leaseMs;
  }

  /** Lets go: no renewal after this. */
  release(): void {
    this.#released = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #renewLater(): void {
    if (!this.#released) this.#timer = setTimeout(() => void this.#renew(), limits.renewMs);
  }

  async #renew(): Promise<void> {
    const { store, clock, fence, leaseMs, progress, log } = this.#options;
    const askedAt = performance.now();
    const latest = progress();
    try {
      // Progress that is known already would wake every watcher for nothing.
      const news = latest === this.#written ? null : latest;
      const answer = await store.renewLease(fence, leaseMs, news, clock.now());
      if (answer !== 'held') return this.#gone(answer);
      this.#renewedAt = askedAt;
      this.#written = latest;
    } catch (error) {
      log.warn({ err: error, ...fence }, 'the lease could not be renewed');
      // Somebody else may run the step by now.
      if (!this.held()) return this.#gone('lost');
    }
    this.#renewLater();
  }

  #gone(why: 'cancelled' | 'lost'): void {
    if (this.#released) return;
    this.release();
    this.#options.onGone(why);
  }
}
