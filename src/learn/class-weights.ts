import type { ClassLabels, ClassWeight, EstimatorSpec } from './types.js';
import { intAt } from './vector.js';

/**
 * The weight of each class, in the order of `classes`; null where all are 1
 * (`sklearn.utils.compute_class_weight`, over the training rows).
 *
 * `balanced`: rows / (classes that occur * rows of the class). A class without a training row weighs 1: its
 * weight is never used, and scikit-learn refuses such a call. By label: a label that is not named weighs 1.
 *
 * @param y class codes of the training rows
 */
export function resolveClassWeights(weight: ClassWeight, classes: ClassLabels, y: Int32Array): Float64Array | null {
  const counts = new Int32Array(classes.length);
  for (let i = 0; i < y.length; i += 1) counts[intAt(y, i)] = intAt(counts, intAt(y, i)) + 1;
  return weightsFromCounts(weight, classes, counts);
}

/** The same from the number of training rows of each class. */
export function weightsFromCounts(weight: ClassWeight, classes: ClassLabels, counts: Int32Array): Float64Array | null {
  if (weight === null) return null;
  if (weight === 'balanced') return balanced(counts);
  const weights = Float64Array.from(classes, (label: string | number) =>
    Object.hasOwn(weight, String(label)) ? (weight[String(label)] ?? 1) : 1,
  );
  return weights.every((w) => w === 1) ? null : weights;
}

function balanced(counts: Int32Array): Float64Array {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const occurring = counts.filter((count) => count > 0).length;
  return Float64Array.from(counts, (count) => (count === 0 ? 1 : rows / (occurring * count)));
}

/** The class weights that an estimator asks for; a network knows none. */
export function classWeightOf(spec: EstimatorSpec): ClassWeight {
  return spec.model === 'MLP' ? null : spec.params.class_weight;
}
