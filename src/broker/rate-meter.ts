/** Events a second over the last ten seconds. */
const windowSeconds = 10;

export class RateMeter {
  readonly #now: () => number;
  readonly #began: number;
  /** Counts of the seconds in the window, each under its number. */
  #seconds: { second: number; count: number }[] = [];

  /** @param now milliseconds of a clock that never steps */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#began = now();
  }

  add(): void {
    const second = Math.floor(this.#now() / 1000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) last.count++;
    else {
      this.#forget(second);
      this.#seconds.push({ second, count: 1 });
    }
  }

  /** The seconds that are over, and the share of the present one that is. */
  get perSecond(): number {
    const now = this.#now();
    this.#forget(Math.floor(now / 1000));
    const count = this.#seconds.reduce((sum, second) => sum + second.count, 0);
    const seconds = Math.min(windowSeconds, Math.max(1, (now - this.#began) / 1000));
    return Math.round((count / seconds) * 100) / 100;
  }

  #forget(second: number): void {
    this.#seconds = this.#seconds.filter((old) => old.second > second - windowSeconds);
  }
}
