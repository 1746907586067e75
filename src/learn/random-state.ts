import { intAt } from './vector.js';

const words = 624;
const middle = 397;

/**
 * numpy's legacy generator: MT19937 (Matsumoto and Nishimura, 1998) seeded by one whole number, with the
 * derived draws of `numpy.random.RandomState` that scikit-learn uses. Equal draws in equal order, bit by bit.
 */
export class RandomState {
  private readonly key = new Int32Array(words);
  private position = words;

  /** @param seed 0 to 2^32 - 1, as `RandomState(seed)` takes it */
  constructor(seed: number) {
    let value = seed | 0;
    for (let i = 0; i < words; i += 1) {
      this.key[i] = value;
      value = (Math.imul(1812433253, value ^ (value >>> 30)) + i + 1) | 0;
    }
  }

  /** The next 32 random bits, 0 to 2^32 - 1. */
  uint32(): number {
    if (this.position === words) this.refill();
    let y = intAt(this.key, this.position);
    this.position += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** The recurrence that makes the next 624 words of state. */
  private refill(): void {
    const { key } = this;
    for (let i = 0; i < words; i += 1) {
      const y = (intAt(key, i) & 0x80000000) | (intAt(key, (i + 1) % words) & 0x7fffffff);
      key[i] = intAt(key, (i + middle) % words) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }

  /** A double in [0, 1) of 53 random bits (`random_sample`). */
  double(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** A double in [low, high). */
  uniform(low: number, high: number): number {
    const range = high - low;
    return low + range * this.double();
  }

  /** A whole number 0 to `max`, both included: masked draws are thrown away until one fits. `max` 0 draws nothing. */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** A whole number `low` to `high - 1`. */
  randint(low: number, high: number): number {
    return low + this.interval(high - 1 - low);
  }

  /** Shuffles `values` in place (Fisher and Yates, from the end). */
  shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i -= 1) {
      const j = this.interval(i);
      const kept = intAt(values, i);
      values[i] = intAt(values, j);
      values[j] = kept;
    }
  }

  /** 0 to `length - 1` in random order. */
  permutation(length: number): Int32Array {
    const values = new Int32Array(length);
    for (let i = 0; i < length; i += 1) values[i] = i;
    this.shuffle(values);
    return values;
  }

  /** `size` of `values` without replacement (`choice(values, size, replace=False)`); draws even when it takes all. */
  choice(values: Int32Array, size: number): Int32Array {
    return this.permutation(values.length)
      .subarray(0, size)
      .map((i) => intAt(values, i));
  }
}
