import { RandomState } from '../random-state.js';
import { intAt } from '../vector.js';

const maxInt = 2147483647;

/**
 * The order in which `partial_fit` visits the training rows, for each binary problem of an estimator.
 *
 * scikit-learn makes its generators anew from an int `random_state` in every call, so each epoch has the same
 * order; with more than two classes each one-vs-rest problem draws a seed, and so has an order of its own.
 *
 * @returns one permutation of the rows for two classes, else one a class
 */
export function visitOrders(randomState: number, classes: number, rows: number): Int32Array[] {
  if (classes === 2) return [visitOrder(randomState, rows)];
  const random = new RandomState(randomState);
  const seeds = Array.from({ length: classes }, () => random.randint(0, maxInt));
  return seeds.map((seed) => visitOrder(seed, rows));
}

/** The first of `visitOrders`, without the others. */
export function firstVisitOrder(randomState: number, classes: number, rows: number): Int32Array {
  return visitOrder(classes === 2 ? randomState : new RandomState(randomState).randint(0, maxInt), rows);
}

/** `make_dataset` draws first, for a generator that this path never uses; the second draw seeds the shuffle. */
function visitOrder(seed: number, rows: number): Int32Array {
  const random = new RandomState(seed);
  random.randint(1, maxInt);
  return shuffledOrder(random.randint(0, maxInt), rows);
}

/** `SequentialDataset.shuffle`: Fisher and Yates from the front, driven by a 32-bit xorshift (Marsaglia, 2003). */
function shuffledOrder(seed: number, rows: number): Int32Array {
  const order = new Int32Array(rows);
  for (let i = 0; i < rows; i += 1) order[i] = i;
  let s = seed === 0 ? 1 : seed;
  for (let i = 0; i < rows - 1; i += 1) {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    const j = i + ((s & 0x7fffffff) % (rows - i));
    const kept = intAt(order, i);
    order[i] = intAt(order, j);
    order[j] = kept;
  }
  return order;
}
