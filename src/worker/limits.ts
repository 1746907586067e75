/** What a worker lives by; times in milliseconds. */
export const limits = {
  /** A step is presumed lost this long after the last renewal of its lease. */
  leaseMs: 30_000,
  /**
   * How often the lease is renewed. A third of the lease would do to keep it; a renewal also brings word of a
   * cancel and carries the progress, and those must not be older than a second.
   */
  renewMs: 1_000,
  /** From the word to stop until a cancelled child is killed. Together with `renewMs` less than the promised 2 s. */
  cancelGraceMs: 500,
  /** A worker counts as online while its heartbeats come: three in a row may be missed. */
  heartbeatMs: 2_000,
  /** A child that has not reported by then hangs; on a crowded machine one of low priority may well need seconds. */
  childStartMs: 60_000,
  /** A child that has given its last word may take this long to end. */
  childExitMs: 1_000,
  /** A child that completed a step may take this long to say how it is; a crowded machine lets it wait for its turn. */
  childReturnMs: 5_000,
  /** Steps that one child runs at most. */
  childRuns: 100,
  /** A child that holds more than this after a step, garbage and all, runs no other. */
  childKeepBytes: 144 * 2 ** 20,
  /** A step on a larger file than this has a child of its own, which has run none and runs no other. */
  aloneFromBytes: 8 * 2 ** 20,
  /** After so long the children that are not needed at rest are let go. */
  idleChildMs: 30_000,
  /** Pause before a spare that was taken is replaced. */
  refillMs: 300,
  /** Pause before a spare that died is replaced: the first, and the longest after several deaths in a row. */
  spareBackoffMs: 500,
  spareBackoffMaxMs: 30_000,
  /** A step that only a newer version can run goes back to its queue for this long. */
  notRunnableMs: 15_000,
  /**
   * Steps a slot that may be done while their ends are being written down. On two slots, no-op chains a second are 78
   * with none, 127 with one, 148 with two and 157 with three.
   */
  endsASlot: 2,
  /** So long messages wait for a slot of this worker before they are left to others. */
  lingerMs: 200,
  /** Pause before a broker or database that did not answer is asked again. */
  retryMs: 1_000,
} as const;
