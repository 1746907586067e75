import { build, call, create, dict, global, type PickleValue } from './pickle-values.js';

export type Attributes = Readonly<Record<string, PickleValue>>;

/**
 * A scikit-learn object restored from its attributes, `__init__` not called. `_sklearn_version` is whatever the
 * reader's scikit-learn says of itself: see `model-joblib.ts` for why, and for what that gives up.
 */
export const sklearnObject = (module: string, name: string, attributes: Attributes): PickleValue =>
  build(create(global(module, name)), state(attributes));

/**
 * The same for a class that scikit-learn calls deprecated: its `__new__` would warn whenever the file is read,
 * so `object.__new__` is asked instead, the way of pickle protocols 0 and 1.
 */
export const deprecatedSklearnObject = (module: string, name: string, attributes: Attributes): PickleValue => {
  const reconstructor = global('copyreg', '_reconstructor');
  return build(call(reconstructor, global(module, name), global('builtins', 'object'), null), state(attributes));
};

const state = (attributes: Attributes): PickleValue =>
  dict([...Object.entries(attributes), ['_sklearn_version', global('sklearn', '__version__')]]);
