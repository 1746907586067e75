/** The times that a worker lives by, in milliseconds. */
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
  /** A worker counts as online while its heartbeats come. */
  heartbeatMs: 5_000,
  /** A child that has not reported by then hangs; on a crowded machine one of low priority may well need seconds. */
  childStartMs: 60_000,
  /** A child that has given its last word may take this long to end. */
  childExitMs: 1_000,
  /** Pause before a spare that was taken is replaced. */
  refillMs: 300,
  /** Pause before a spare that died is replaced: the first, and the longest after several deaths in a row. */
  spareBackoffMs: 500,
  spareBackoffMaxMs: 30_000,
  /** A step that only a newer version can run goes back to its queue for this long. */
  notRunnableMs: 15_000,
  /** So long messages wait for a slot of this worker before they are left to others. */
  lingerMs: 200,
  /** Pause before a broker or database that did not answer is asked again. */
  retryMs: 1_000,
} as const;
