/**
 * Element access for the numeric loops.
 *
 * The compiler holds every indexed read to be possibly undefined. The loops of this room run over indices
 * that their bounds prove, so the cast is made here, once, instead of in each line. The two functions stay
 * apart because an engine compiles a function that always sees one array type to a bare memory read.
 */

/** Element `index` of `values`; the caller's loop guarantees that it exists. */
export function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

/** The same for whole numbers. */
export function intAt(values: Int32Array, index: number): number {
  return values[index] as number;
}

/** True when no element is infinite or NaN. */
export function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(at(values, i))) return false;
  return true;
}
