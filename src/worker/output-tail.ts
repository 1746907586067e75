/** Keeps the end of what a child wrote, within a bound. */
export class OutputTail {
  #kept: Buffer = Buffer.alloc(0);
  readonly #limitBytes: number;

  constructor(limitBytes = 8192) {
    this.#limitBytes = limitBytes;
  }

  add(bytes: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, bytes]).subarray(-this.#limitBytes);
  }

  /** The last `lines` lines. */
  text(lines = 40): string {
    return this.#kept.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }
}
