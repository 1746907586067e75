/**
 * numpy arrays as pickle values. Only public names are used (`numpy.ndarray`, `numpy.dtype`), so the files do
 * not depend on where a numpy version keeps its insides. Bytes are little-endian, as is every machine that
 * Node's typed arrays are read on in place.
 */
import { build, bytes, call, create, global, int, list, type PickleValue, tuple } from './pickle-values.js';

/** `numpy.dtype(name)`, such as `<f8`. */
export const dtype = (name: string): PickleValue => call(global('numpy', 'dtype'), name);

/**
 * An array in C order: `data` is its bytes, or, for dtype `O`, a list of its objects.
 * @param shape as Python has it; its product times the item size is the size of `data`
 */
export function ndarray(type: string, shape: readonly number[], data: PickleValue): PickleValue {
  const state = tuple(int(1), tuple(...shape.map(int)), dtype(type), false, data);
  return build(create(global('numpy', 'ndarray'), tuple(int(0))), state);
}

/** A float64 array; without `shape` it is flat. The bytes are referred to, not copied. */
export function float64Array(values: Float64Array, shape: readonly number[] = [values.length]): PickleValue {
  return ndarray('<f8', shape, bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
}

/** A flat int64 array of safe integers. */
export function int64Array(values: readonly number[]): PickleValue {
  const data = BigInt64Array.from(values, (value) => BigInt(value));
  return ndarray('<i8', [values.length], bytes(new Uint8Array(data.buffer)));
}

/** A flat array of fixed-width text (`<U{longest}`, UCS-4), as `numpy.array([...])` makes it. */
export function textArray(values: readonly string[]): PickleValue {
  const texts = values.map((value) => Array.from(value, (character) => character.codePointAt(0) ?? 0));
  const width = texts.reduce((longest, text) => Math.max(longest, text.length), 1);
  const data = new Uint32Array(values.length * width);
  texts.forEach((text, index) => {
    data.set(text, index * width);
  });
  return ndarray(`<U${width}`, [values.length], bytes(new Uint8Array(data.buffer)));
}

/** A flat array of Python objects. */
export function objectArray(values: readonly PickleValue[]): PickleValue {
  return ndarray('|O', [values.length], list(values));
}

/** `numpy.int64(value)`: a scalar with a dtype, where scikit-learn's code expects one. */
export const int64 = (value: number): PickleValue => call(global('numpy', 'int64'), int(value));

/** Whether every label is a whole number: then Python gets int64, else text. */
export function isNumeric(labels: readonly string[] | readonly number[]): labels is readonly number[] {
  return labels.every((label) => typeof label === 'number');
}
