/**
 * `model.onnx`: the fitted pipeline of `model.joblib` as a graph that ONNX Runtime opens, written without its
 * libraries. All numbers are doubles: it answers what scikit-learn answers but for the last bits
 * (docs/decisions/0014-onnx-in-double.md).
 *
 * Inputs: one a used column, under its name (`features`). Outputs, in this order: `label`, and `probabilities`
 * (LR, MLP) or `scores` (SVM, PER, PA); where a column has such a name, an underscore is put behind.
 */
import type { FittedEstimator, FittedPreprocessing } from '../learn/types.js';
import { isNumeric } from './numpy.js';
import { answers } from './onnx-estimators.js';
import { OnnxGraph } from './onnx-graph.js';
import { features } from './onnx-preprocessing.js';
import type { FileMeta } from './processed.js';

const about =
  'A classifier with its preprocessing, trained by Zincir. One input a raw column, [N, 1]. ' +
  "Outputs: label, the class of each row; then probabilities, one column a class in the order of the property 'classes', " +
  "or scores, scikit-learn's decision_function.";

/** Readers of Protocol Buffers refuse what is longer. */
const longestBytes = 2 ** 31 - 1;

/**
 * @param meta kept as `metadata_props`, beside `model` and `classes`: texts as they are, others as JSON
 * @param limitBytes longest file that readers take
 * @returns the whole file; null where it would be longer than the limit
 * @throws TypeError when the state does not belong to the estimator's model
 */
export function modelOnnx(
  fitted: FittedEstimator,
  preprocessing: FittedPreprocessing,
  meta: FileMeta,
  limitBytes = longestBytes,
): Uint8Array<ArrayBuffer> | null {
  const { classes, spec } = fitted;
  const graph = new OnnxGraph();
  const { codes, name, values } = answers(graph, fitted, features(graph, preprocessing));
  const whole = isNumeric(classes);
  const labels = whole ? graph.integers(classes) : graph.texts(classes.map(String));
  graph.output('label', graph.node('Gather', [labels, codes]), whole ? 'int64' : 'string', ['N']);
  const oneColumn = name === 'scores' && classes.length === 2;
  graph.output(name, values, 'double', oneColumn ? ['N'] : ['N', classes.length]);
  const properties = Object.entries({ ...meta, model: spec.model, classes });
  const model = graph.model(
    about,
    properties.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  return model.sizeBytes > limitBytes ? null : model.finish();
}
