import type { KernelModule, Pointer } from '../kernels/kernel-module.js';
import type { BlockLearnerOptions, Place } from './block-learner.js';
import { blockPlaces } from './block-plan.js';

/** A place in the kernels' memory: blocks are read straight into it. */
export interface KernelPlace extends Place {
  readonly xAt: Pointer;
  readonly yAt: Pointer;
}

type Size = Pick<BlockLearnerOptions, 'blockRows' | 'columns'>;

export function kernelPlaces(kernels: KernelModule, size: Size, count = blockPlaces): KernelPlace[] {
  return Array.from({ length: count }, () => placeAt(kernels, size, kernels.reserve(placeBytes(size))));
}

/** A place in memory that is reserved. */
export function placeAt(kernels: KernelModule, { blockRows, columns }: Size, xAt: Pointer): KernelPlace {
  const yAt = xAt + blockRows * columns * 8;
  return { xAt, yAt, x: kernels.doubles(xAt, blockRows * columns), y: kernels.integers(yAt, blockRows) };
}

/** The bytes of a place: places may lie one after the other. */
export const placeBytes = ({ blockRows, columns }: Size): number =>
  Math.ceil((blockRows * (columns * 8 + 4)) / 16) * 16;

/** The memory that they reserve. */
export const kernelPlacesBytes = (size: Size, count = blockPlaces): number => count * placeBytes(size) + 16;

/** Which of them a place is. @throws Error for a place of somebody else's */
export function kernelPlace(places: readonly KernelPlace[], place: Place): KernelPlace {
  const found = places.find((candidate) => candidate === place);
  if (found === undefined) throw new Error('not a place of this learner');
  return found;
}
