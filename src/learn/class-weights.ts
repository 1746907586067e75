import type { ClassLabels, ClassWeight, EstimatorSpec } from './types.js';
import { at, intAt } from './vector.js';

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
  if (weight === null) return null;
  if (weight === 'balanced') return balanced(classes.length, y);
  const weights = Float64Array.from(classes, (label: string | number) =>
    Object.hasOwn(weight, String(label)) ? (weight[String(label)] ?? 1) : 1,
  );
  return weights.every((w) => w === 1) ? null : weights;
}

function balanced(classes: number, y: Int32Array): Float64Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < y.length; i += 1) counts[intAt(y, i)] = at(counts, intAt(y, i)) + 1;
  const occurring = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : y.length / (occurring * count)));
}

/** The class weights that an estimator asks for; a network knows none. */
export function classWeightOf(spec: EstimatorSpec): ClassWeight {
  return spec.model === 'MLP' ? null : spec.params.class_weight;
}
