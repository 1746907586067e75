/**
 * Can this column be told apart in classes? Decided from its profile, by everyone alike: the page before anything is
 * sent, the engine before anything starts, the step before training costs anything.
 */
import type { ColumnProfile, StoredError } from './entities.js';

/** Most classes that a model is trained for: each one costs a vector of weights and a pass over the rows. */
const classLimit = 1000;

/** Up to here numbers that repeat are classes, whatever they count. */
const fewValues = 20;
const manyValues = 100;

/**
 * Whether numbers are a measurement rather than names of classes: more different ones than `fewValues` in
 * which a value returns less than twice on average, or more than `manyValues` and less than ten times.
 * Fractions are stricter: they are classes only if there are few of them and each returns twice on average.
 * @param rows how many rows have a value
 */
export function isContinuous(target: ColumnProfile, rows: number): boolean {
  if (target.kind !== 'integer' && target.kind !== 'number') return false;
  const { distinct, distinctExact } = target;
  if (!distinctExact) return true;
  const repeats = rows / distinct;
  if (target.kind === 'number') return distinct > fewValues || repeats < 2;
  return (distinct > fewValues && repeats < 2) || (distinct > manyValues && repeats < 10);
}

/**
 * Why a column of a whole file cannot be the target; null where it can.
 *
 * `TARGET_CONTINUOUS` comes with a value as an example and without its line, which a profile does not know.
 * @param totalRows rows of the file, with and without a target
 */
export function targetFault(target: ColumnProfile, totalRows: number): StoredError | null {
  const { name, kind, distinct, distinctExact } = target;
  const rows = totalRows - target.missing;
  if (kind === 'empty') return { code: 'TARGET_EMPTY', params: { target: name } };
  if (distinctExact && distinct === 1) {
    return { code: 'TARGET_CONSTANT', params: { target: name, value: target.top[0]?.value ?? '' } };
  }
  const continuous = isContinuous(target, rows);
  if (kind === 'number' && continuous) return measurement(target);
  // Two rows of two classes are few, but not a name each.
  if (distinctExact && distinct === rows && rows > 2) {
    return { code: 'TARGET_ALL_DISTINCT', params: { target: name, rows } };
  }
  if (continuous) return measurement(target);
  if (distinct > classLimit || !distinctExact) {
    return { code: 'TARGET_TOO_MANY_CLASSES', params: { target: name, classes: distinct, limit: classLimit } };
  }
  return null;
}

/** A fraction shows best that numbers are no classes. */
function measurement({ name, top, min }: ColumnProfile): StoredError {
  const shown = top.find(({ value }) => /[.,]/.test(value)) ?? top[0];
  return { code: 'TARGET_CONTINUOUS', params: { target: name, value: shown?.value ?? String(min ?? '') } };
}
