import type { KernelModule, Pointer } from '../kernels/kernel-module.js';
import type { BlockLearnerOptions, Place } from './block-learner.js';
import { blockPlaces } from './block-plan.js';

/** A place in the kernels' memory: blocks are read straight into it. */
export interface KernelPlace extends Place {
  readonly xAt: Pointer;
  readonly yAt: Pointer;
}

type Size = Pick<BlockLearnerOptions, 'blockRows' | 'columns'>;

export function kernelPlaces(kernels: KernelModule, { blockRows, columns }: Size, count = blockPlaces): KernelPlace[] {
  return Array.from({ length: count }, () => {
    const xAt = kernels.reserve(blockRows * columns * 8);
    const yAt = kernels.reserve(blockRows * 4);
    return { xAt, yAt, x: kernels.doubles(xAt, blockRows * columns), y: kernels.integers(yAt, blockRows) };
  });
}

/** The memory that they reserve. */
export const kernelPlacesBytes = ({ blockRows, columns }: Size, count = blockPlaces): number =>
  count * (blockRows * (columns * 8 + 4) + 32);

/** Which of them a place is. @throws Error for a place of somebody else's */
export function kernelPlace(places: readonly KernelPlace[], place: Place): KernelPlace {
  const found = places.find((candidate) => candidate === place);
  if (found === undefined) throw new Error('not a place of this learner');
  return found;
}
