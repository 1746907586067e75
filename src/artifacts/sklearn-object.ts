import { build, call, dict, global, list, type PickleValue } from './pickle-values.js';

export type Attributes = Readonly<Record<string, PickleValue>>;

/**
 * A scikit-learn object: constructed without arguments, then given its attributes. Parameters that only some
 * versions have get the default of the version that reads, so `get_params`, `repr` and `clone` work in all.
 *
 * `_sklearn_version` is whatever the reader's scikit-learn says of itself: see `model-joblib.ts` for why, and
 * for what that gives up.
 */
export const sklearnObject = (module: string, name: string, attributes: Attributes): PickleValue =>
  build(call(global(module, name)), state(attributes));

/** The same for `Pipeline` and `ColumnTransformer`, whose constructors want a list of parts. */
export const sklearnComposite = (module: string, name: string, attributes: Attributes): PickleValue =>
  build(call(global(module, name), list([])), state(attributes));

/**
 * The same for a class that scikit-learn calls deprecated: constructing it would warn whenever the file is read,
 * so `object.__new__` is asked instead, the way of pickle protocols 0 and 1. Every parameter must be given.
 */
export const deprecatedSklearnObject = (module: string, name: string, attributes: Attributes): PickleValue => {
  const reconstructor = global('copyreg', '_reconstructor');
  return build(call(reconstructor, global(module, name), global('builtins', 'object'), null), state(attributes));
};

const state = (attributes: Attributes): PickleValue =>
  dict([...Object.entries(attributes), ['_sklearn_version', global('sklearn', '__version__')]]);
