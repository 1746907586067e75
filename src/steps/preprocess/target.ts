/** Can this column be told apart in classes? Decided from its profile, before training costs anything. */
import type { ColumnProfile } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';

/** Most classes that a model is trained for: each one costs a vector of weights and a pass over the rows. */
const classLimit = 1000;

/** Up to here numbers that repeat are classes, whatever they count. */
const fewValues = 20;
const manyValues = 100;

/**
 * Whether numbers are a measurement rather than names of classes: more different ones than `fewValues` in
 * which a value returns less than twice on average, or more than `manyValues` and less than ten times.
 * Fractions are stricter: they are classes only if there are few of them and each returns twice on average.
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
 * Checks what the profile of a whole file tells.
 * @throws AppError `TARGET_EMPTY`, `TARGET_CONSTANT`, `TARGET_ALL_DISTINCT`, `TARGET_TOO_MANY_CLASSES`;
 *   a continuous target passes here: the reader refuses it with an example and its line
 */
export function checkTarget(target: ColumnProfile, totalRows: number): void {
  const name = target.name;
  const rows = totalRows - target.missing;
  if (target.kind === 'empty') throw new AppError('TARGET_EMPTY', { target: name });
  if (target.distinctExact && target.distinct === 1) {
    throw new AppError('TARGET_CONSTANT', { target: name, value: target.top[0]?.value ?? '' });
  }
  if (target.kind === 'number' && isContinuous(target, rows)) return;
  if (target.distinctExact && target.distinct === rows && rows > 2) {
    throw new AppError('TARGET_ALL_DISTINCT', { target: name, rows });
  }
  if (isContinuous(target, rows)) return;
  if (target.distinct > classLimit || !target.distinctExact) {
    throw new AppError('TARGET_TOO_MANY_CLASSES', { target: name, classes: target.distinct, limit: classLimit });
  }
}
