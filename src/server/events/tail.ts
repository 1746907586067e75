/** The last items of a growing list, held so that several watchers share one reading of it. */
export class Tail<Item> {
  readonly #keyOf: (item: Item) => number;
  readonly #capacity: number;
  #items: Item[] = [];
  #start: number;

  /** Holds items whose key is above `start`; keys grow. */
  constructor(keyOf: (item: Item) => number, start: number, capacity: number) {
    this.#keyOf = keyOf;
    this.#start = start;
    this.#capacity = capacity;
  }

  /** Key of the last item that was read, held or not. */
  get end(): number {
    const last = this.#items.at(-1);
    return last === undefined ? this.#start : this.#keyOf(last);
  }

  /** Takes the items that follow `end`; the oldest beyond the capacity are let go. */
  append(items: readonly Item[]): void {
    this.#items.push(...items);
    const surplus = this.#items.splice(0, Math.max(0, this.#items.length - this.#capacity));
    const dropped = surplus.at(-1);
    if (dropped !== undefined) this.#start = this.#keyOf(dropped);
  }

  /** At most `limit` items above `key`; null when some of them are no longer (or were never) held. */
  after(key: number, limit: number): Item[] | null {
    if (key < this.#start) return null;
    const first = this.#items.findIndex((item) => this.#keyOf(item) > key);
    return first === -1 ? [] : this.#items.slice(first, first + limit);
  }
}
