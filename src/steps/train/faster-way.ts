/** Passes after which the slower way is tried again: what made it slow may be over. */
const retryAfter = 16;

/**
 * Chooses between two ways of making a pass, both with the same result, by what each took when it was taken last. What
 * is faster depends on the machine, and on what else runs on it.
 */
export class FasterWay {
  private readonly ms = { first: Number.POSITIVE_INFINITY, second: Number.POSITIVE_INFINITY };
  private way: 'first' | 'second' = 'first';
  private passes = 0;

  /** The way of the next pass. The first pass of all, in which threads start, is not counted: both are tried after it. */
  next(): 'first' | 'second' {
    this.passes += 1;
    const { first, second } = this.ms;
    const faster = second < first ? 'second' : 'first';
    if (this.passes <= 3) this.way = this.passes === 3 ? 'second' : 'first';
    else if (this.passes % retryAfter === 0) this.way = faster === 'first' ? 'second' : 'first';
    else this.way = faster;
    return this.way;
  }

  /** The pass has ended, after so long. */
  took(ms: number): void {
    if (this.passes > 1) this.ms[this.way] = ms;
  }
}
