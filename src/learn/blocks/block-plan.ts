import type { EstimatorSpec } from '../types.js';

/** How a table is cut into what is in memory at a time. Results depend on it, so a checkpoint keeps it. */
export interface BlockPlan {
  /** Rows of a page: neighbours in the file, read in one go. */
  readonly pageRows: number;
  /** Pages of a block: what is in memory, and shuffled, together. */
  readonly blockPages: number;
  /** Rows that the kernels take at a time; scores are summed by it. */
  readonly chunkRows: number;
}

export interface TableShape {
  readonly spec: EstimatorSpec;
  readonly classes: number;
  /** Rows that train and rows that validate together. */
  readonly rows: number;
  readonly columns: number;
}

/** A page is read in one go: large enough that a disk is not slowed by finding it. */
const mostPageBytes = 1 << 20;
/** Pages that a block has at least, where that leaves a page a row: more mix the table better. */
const leastPages = 32;
/** A larger block mixes no better, and what the kernels can address ends at 4 GiB. */
const mostBlockBytes = 512 * 1024 ** 2;
const mostChunkRows = 512;
/** Copies of rows in each class's own order, made where they take no more (see ../kernels/linear-kernel.ts). */
const mostCopiedBytes = 384 * 1024 ** 2;

/**
 * What training in memory takes at most, in bytes: the table with its classes and the split, and the copies of the
 * rows, decisions and orders that the kernels keep.
 */
export function bytesInMemory(shape: TableShape): number {
  const { spec, classes, rows, columns } = shape;
  const matrix = rows * columns * 8;
  const problems = spec.model === 'MLP' ? 0 : classes === 2 ? 1 : classes;
  const copied = problems > 1 && matrix * problems <= mostCopiedBytes ? matrix * problems : 0;
  // Class, place in the split, order and squared norm of each row; and a decision and an order for each problem.
  const perRow = 4 + 4 + 4 + 8 + problems * (8 + 4);
  return 2 * matrix + copied + rows * perRow + fixedBytes(shape);
}

/**
 * How a table is cut so that training takes no more than `memoryBytes`.
 *
 * Two blocks are in memory, one that is trained on and one that is being read. An eighth of the memory at most goes
 * to the rows that lie in order of the visit (`chunkRows`); blocks take what is left.
 * @returns the plan, or the bytes that one row takes where they are more than there are
 */
export function planBlocks(shape: TableShape, memoryBytes: number): BlockPlan | { readonly neededBytes: number } {
  const { rows, columns } = shape;
  const rowBytes = columns * 8 + 4;
  const chunkRowBytes = bytesOfChunkRow(shape);
  // Of each row there are two copies, and its number in the order of a block, twice.
  const perRow = 2 * rowBytes + 8;
  const neededBytes = fixedBytes(shape) + chunkRowBytes + perRow;
  const spare = memoryBytes - neededBytes;
  if (spare < 0) return { neededBytes };
  const chunkRows = Math.min(mostChunkRows, rows, 1 + Math.floor(spare / 8 / chunkRowBytes));
  const room = 1 + Math.floor((spare - (chunkRows - 1) * chunkRowBytes) / perRow);
  const blockRows = Math.max(1, Math.min(room, rows, Math.floor(mostBlockBytes / rowBytes)));
  const pageRows = Math.max(1, Math.min(Math.floor(mostPageBytes / rowBytes), Math.floor(blockRows / leastPages)));
  return { pageRows, blockPages: Math.floor(blockRows / pageRows), chunkRows };
}

/** Memory that does not grow with the block: parameters and gradients, a batch, each row's mark and class. */
function fixedBytes({ spec, classes, rows, columns }: TableShape): number {
  const marks = Math.ceil(rows / 8) + rows * (classes <= 256 ? 1 : 2);
  if (spec.model !== 'MLP') {
    const members = classes === 2 ? 1 : Math.ceil(classes / 4) * 4;
    return marks + members * (columns * 40 + 256) + 1024;
  }
  const { hidden_layer_sizes: hidden, batch_size: batch } = spec.params;
  const units = [...hidden, classes === 2 ? 1 : classes].reduce((sum, count) => sum + count, columns);
  return marks + networkBytes(hidden, columns, classes) + Math.min(batch, rows) * (units * 16 + 8) + 1024;
}

/** A row of a chunk: its numbers, class, squared norm, place in the order and a decision a class. */
function bytesOfChunkRow({ spec, classes, columns }: TableShape): number {
  const decisions = spec.model === 'MLP' ? 0 : classes;
  return (columns + decisions + 1) * 8 + 8;
}

/** Parameters of a network: values, gradients, both moments, a transpose, and the copies that a state is. */
function networkBytes(hidden: readonly number[], columns: number, classes: number): number {
  const units = [columns, ...hidden, classes === 2 ? 1 : classes];
  return units.slice(1).reduce((sum, count, i) => sum + 10 * 8 * count * ((units[i] ?? 0) + 1), 0);
}
