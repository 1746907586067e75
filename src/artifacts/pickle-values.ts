/**
 * A Python object graph as plain values, for `PickleWriter`.
 *
 * `null`, booleans and strings stand for themselves; numbers say whether they are `int` or `float`, because
 * Python tells 1 from 1.0 and scikit-learn checks it.
 */
export type PickleValue =
  | null
  | boolean
  | string
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'tuple'; readonly items: readonly PickleValue[] }
  | { readonly kind: 'list'; readonly items: readonly PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [PickleValue, PickleValue])[] }
  | { readonly kind: 'global'; readonly module: string; readonly name: string }
  | { readonly kind: 'call'; readonly callable: PickleValue; readonly args: readonly PickleValue[] }
  | { readonly kind: 'new'; readonly type: PickleValue; readonly args: readonly PickleValue[] }
  | { readonly kind: 'build'; readonly value: PickleValue; readonly state: PickleValue }
  | { readonly kind: 'memo'; readonly index: number };

/** A Python `int`; `value` must be a safe integer. */
export const int = (value: number): PickleValue => ({ kind: 'int', value });
/** A Python `float`. */
export const float = (value: number): PickleValue => ({ kind: 'float', value });
export const bytes = (value: Uint8Array): PickleValue => ({ kind: 'bytes', value });
export const tuple = (...items: PickleValue[]): PickleValue => ({ kind: 'tuple', items });
export const list = (items: readonly PickleValue[]): PickleValue => ({ kind: 'list', items });
export const dict = (entries: readonly (readonly [PickleValue, PickleValue])[]): PickleValue => ({
  kind: 'dict',
  entries,
});
/** An importable name, such as `numpy.dtype`; whatever the reading side's module holds under it. */
export const global = (module: string, name: string): PickleValue => ({ kind: 'global', module, name });
/** `callable(*args)`, called while unpickling (REDUCE). */
export const call = (callable: PickleValue, ...args: PickleValue[]): PickleValue => ({ kind: 'call', callable, args });
/** What stands at this place of the memo: the n-th value that the pickle memoized, from 0. */
export const memo = (index: number): PickleValue => ({ kind: 'memo', index });

/** `type.__new__(type, *args)` (NEWOBJ). */
export const create = (type: PickleValue, ...args: PickleValue[]): PickleValue => ({ kind: 'new', type, args });
/** `value`, after `__setstate__(state)`, or `__dict__.update(state)` where it has none (BUILD). */
export const build = (value: PickleValue, state: PickleValue): PickleValue => ({ kind: 'build', value, state });
