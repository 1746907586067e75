import { Crew } from '../kernels/crew.js';
import {
  LinearPart,
  LinearProblems,
  stretchRows as linearStretchRows,
  problemsOf,
} from '../kernels/linear-problems.js';
import { stretchRows as networkStretchRows } from '../kernels/network-kernel.js';
import { isLinear } from '../linear/linear-model.js';
import type { EstimatorSpec } from '../types.js';

/** How a table is cut into what is in memory at a time. A run keeps it: a checkpoint has it. */
export interface BlockPlan {
  /** Rows of a block: neighbours in the layout, read in one go. */
  readonly blockRows: number;
}

export interface TableShape {
  readonly spec: EstimatorSpec;
  readonly classes: number;
  /** Rows that train and rows that validate together. */
  readonly rows: number;
  readonly columns: number;
}

/** Blocks in memory: one is visited while the others are read. */
export const blockPlaces = 3;
/** Enough that asking for a block costs nothing beside reading it, and little enough to stay in the last cache. */
const mostBlockBytes = 2 * 1024 ** 2;
/** Of a row while the table is laid out: its class, its part, its place, and what lies at its place. */
const layoutRowBytes = 16;
/** Of a row afterwards: its class. */
const keptRowBytes = 2;
/** Pieces of a table that are read and then placed, one a thread (see ../kernels/row-room.ts). */
const mostReadBytes = 1024 ** 2;
/** Copies of rows in each class's own order, made where they take no more (see ../kernels/linear-kernel.ts). */
const mostCopiedBytes = 384 * 1024 ** 2;

/**
 * What training in memory takes at most, in bytes: the table with its classes, the split and the place of each row,
 * and the copies of the rows, decisions and orders that the kernels keep.
 */
export function bytesInMemory(shape: TableShape): number {
  const { spec, classes, rows, columns } = shape;
  const matrix = rows * columns * 8;
  const problems = spec.model === 'MLP' ? 0 : problemsOf(classes);
  const copied = problems > 1 && matrix * problems <= mostCopiedBytes ? matrix * problems : 0;
  // Class (three times), place in the split, order, place and squared norm of each row; and a decision and an order
  // for each problem.
  const perRow = 3 * 4 + 4 + 4 + 4 + 8 + problems * (8 + 4);
  const read = Math.min(matrix, mostReadBytes);
  return matrix + copied + rows * perRow + read + modelBytes(shape);
}

/**
 * How a table is cut so that training takes no more than `memoryBytes`.
 *
 * Where they find room, blocks are made of whole stretches (rows whose losses have one sum) and of whole batches:
 * then no number depends on where one block ends and the next begins.
 * @returns the plan, or the bytes that the smallest block takes where they are more than there are
 */
export function planBlocks(shape: TableShape, memoryBytes: number): BlockPlan | { readonly neededBytes: number } {
  const { spec, rows, columns } = shape;
  const fixedBytes = fixedBytesOf(shape);
  const perRow = blockPlaces * bytesOfRow(columns) + bytesVisited(shape);
  const least = isLinear(spec) ? 1 : Math.min(spec.params.batch_size, rows);
  const neededBytes = Math.max(fixedBytes + least * perRow, rows * layoutRowBytes + 4 * bytesOfRow(columns));
  if (neededBytes > memoryBytes) return { neededBytes };
  const room = Math.floor((memoryBytes - fixedBytes) / perRow);
  const wanted = Math.max(least, Math.floor(mostBlockBytes / bytesOfRow(columns)));
  const stretch = isLinear(spec) ? linearStretchRows : leastCommonMultiple(least, networkStretchRows);
  return { blockRows: inUnits(Math.min(room, Math.max(wanted, stretch)), [stretch, least]) };
}

/** What rows in memory may take of a budget: it has room for those of a plan, and for more, which need not be read anew. */
export function roomForRows(shape: TableShape, { blockRows }: BlockPlan, memoryBytes: number): number {
  const blocks = blockRows * blockPlaces * bytesOfRow(shape.columns);
  return Math.max(blocks, memoryBytes - fixedBytesOf(shape) - blockRows * bytesVisited(shape));
}

/** What does not depend on the blocks: the model, and of each row what is kept. */
const fixedBytesOf = (shape: TableShape): number => modelBytes(shape) + shape.rows * keptRowBytes;

/** So many rows or less, in whole units of the first size that fits. */
function inUnits(rows: number, units: readonly number[]): number {
  const unit = units.find((size) => size <= rows) ?? 1;
  return rows - (rows % unit);
}

const bytesOfRow = (columns: number): number => columns * 8 + 4;

/** Memory that does not grow with the block: parameters and gradients, and a batch. */
function modelBytes({ spec, classes, rows, columns }: TableShape): number {
  if (isLinear(spec)) return LinearProblems.bytes({ classes, columns }) + 2 * LinearPart.bytes(0) + 2048;
  const { hidden_layer_sizes: hidden, batch_size: batch } = spec.params;
  const units = [...hidden, classes === 2 ? 1 : classes].reduce((sum, count) => sum + count, columns);
  return networkBytes(hidden, columns, classes) + Math.min(batch, rows) * (units * 16 + 8) + Crew.bytes + 1024;
}

/** Of each row of the block that is visited: a norm, a place in the order, and a decision a problem; or its loss. */
function bytesVisited({ spec, classes }: TableShape): number {
  return isLinear(spec) ? 8 + 4 + problemsOf(classes) * 8 : 1;
}

/** Parameters of a network: values, gradients, both moments, a transpose, and the copies that a state is. */
function networkBytes(hidden: readonly number[], columns: number, classes: number): number {
  const units = [columns, ...hidden, classes === 2 ? 1 : classes];
  return units.slice(1).reduce((sum, count, i) => sum + 10 * 8 * count * ((units[i] ?? 0) + 1), 0);
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
