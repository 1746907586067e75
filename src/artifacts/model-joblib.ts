/**
 * `model.joblib`: a fitted `Pipeline([('preprocessing', ColumnTransformer), ('estimator', classifier)])`, written
 * without Python. `joblib.load` (or `pickle.load`) answers an object that predicts on the raw DataFrame.
 *
 * Every object says its version is the reader's own `sklearn.__version__`. That keeps scikit-learn from warning
 * about each object of an older version, and switches its check off: therefore `testedWith` names the versions
 * that were tested, in the JSON at the file's start as well.
 */
import type { FittedEstimator, FittedPreprocessing } from '../learn/types.js';
import { PickleWriter } from './pickle-writer.js';
import type { FileMeta } from './processed.js';
import { estimator } from './sklearn-estimators.js';
import { columnTransformer, pipeline } from './sklearn-preprocessing.js';

/** Versions of scikit-learn with which written models were seen to predict, clone and train on. */
const testedWith = '1.2.1 to 1.9.1';

/**
 * @param meta what the file's JSON header says beside the format's own entries; JSON
 * @returns the whole file
 * @throws TypeError when the state does not belong to the estimator's model
 */
export function modelJoblib(
  fitted: FittedEstimator,
  preprocessing: FittedPreprocessing,
  meta: FileMeta,
): Uint8Array<ArrayBuffer> {
  const header = { format: 'zincir-model', version: 1, scikitLearn: testedWith, model: fitted.spec.model, meta };
  return new PickleWriter()
    .proto()
    .header(new TextEncoder().encode(JSON.stringify(header)))
    .write(
      pipeline([
        ['preprocessing', columnTransformer(preprocessing)],
        ['estimator', estimator(fitted)],
      ]),
    )
    .stop()
    .finish();
}
