/**
 * Lamport's logical clock, which puts the events of all workers and clients in an order that no drift of their clocks
 * can spoil: every message carries it, and whoever receives one goes on from there.
 *
 * Source: Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System"; kombu.clocks.LamportClock
 */
export class LamportClock {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  forward(): number {
    this.#value += 1;
    return this.#value;
  }

  /** Goes past what another has seen; anything that is no such number leaves it as it is. */
  adjust(other: unknown): void {
    if (typeof other === 'number' && Number.isSafeInteger(other)) this.#value = Math.max(this.#value, other) + 1;
  }
}
