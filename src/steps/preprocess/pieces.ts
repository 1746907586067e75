/** Pieces of `processed.pkl`: rows of features, made from a block of columns. */
import type { NumericTransform } from '../../learn/types.js';
import type { CategoricalColumn, FittedFeatures, NumericColumn } from './features.js';
import { type Pointer, settings, type TableKernel, taskKinds } from './kernels/table-kernel.js';
import type { NumberBlock } from './number-columns.js';

/** Bytes of features that are written at once, more or less: they stay in a cache while they are made, hashed and written. */
const pieceBytes = 1 << 18;
/** Pieces there are room for at the least: one is being made, one hashed and written, one still written. */
const leastSlots = 3;

/** A piece that is asked for: once the word at `doneAt` is more than `task`, its features are there. */
export interface KernelPiece {
  readonly task: number;
  readonly doneAt: Pointer;
  readonly features: Float64Array;
}

/** Makes pieces in turn; each one may be begun before those before it are taken. */
export interface PieceMaker {
  /** Rows of a piece at most. */
  readonly rows: number;
  /**
   * Begins with rows `from` to `to` of a block, which must stay until the piece is taken or settled. There must be a
   * slot free.
   * @returns null for a piece that is made already
   */
  begin(block: NumberBlock, from: number, to: number): KernelPiece | null;
  /** Every piece that was begun is made, taken or not. */
  settle(): void;
  /** The features of the piece begun first, row after row. They stay until a piece is begun in their slot. */
  take(): Float64Array;
}

/**
 * @param kernel whose memory the blocks lie in, or null
 * @param slots pieces that there is room for, used in turn
 */
export function pieceMaker(
  features: FittedFeatures,
  tableRows: number,
  kernel: TableKernel | null,
  slots = leastSlots,
): PieceMaker {
  const rows = Math.max(1, Math.min(tableRows, Math.floor(pieceBytes / 8 / features.features)));
  return kernel === null ? plainPieces(features, rows, slots) : kernelPieces(features, rows, kernel, slots);
}

function plainPieces({ numeric, categorical, features }: FittedFeatures, rows: number, slotCount: number): PieceMaker {
  const slots = Array.from({ length: slotCount }, () => new Float64Array(rows * features));
  const ready: Float64Array[] = [];
  let begun = 0;
  return {
    rows,
    begin(block, from, to) {
      const slot = slots[begun++ % slotCount] ?? new Float64Array(0);
      fillPiece(block, from, to, numeric, categorical, features, slot);
      ready.push(slot.subarray(0, (to - from) * features));
      return null;
    },
    settle: () => {},
    take: () => ready.shift() ?? new Float64Array(0),
  };
}

/** The same by ./kernels/assembly/transform.ts, on whatever thread is free. */
function kernelPieces(
  { numeric, categorical, features }: FittedFeatures,
  rows: number,
  kernel: TableKernel,
  slotCount: number,
): PieceMaker {
  const outs = Array.from({ length: slotCount }, () => kernel.reserve(rows * features * 8));
  const codes = Array.from({ length: slotCount }, () => kernel.reserve(rows * categorical.length * 4));
  const scalers = kernel.reserve(numeric.length * 32);
  const widths = kernel.reserve(categorical.length * 4);
  const ready: KernelPiece[] = [];
  let stride = -1;
  let begun = 0;

  function describe(columnRows: number): void {
    stride = columnRows;
    numeric.forEach(({ transform: { fill, standard }, column }, i) => {
      kernel.words(scalers + i * 32, 1)[0] = column * stride * 8;
      kernel.doubles(scalers + i * 32 + 8, 3).set([fill, standard?.mean ?? 0, standard?.scale ?? 1]);
    });
    kernel.words(widths, categorical.length).set(categorical.map(({ transform }) => transform.categories.length));
    kernel.set(settings.transform, [numeric.length, scalers, categorical.length, widths, features, rows]);
  }

  return {
    rows,
    begin(block, from, to) {
      if (stride !== block.stride) describe(block.stride);
      const slot = begun++ % slotCount;
      const out = outs[slot] ?? 0;
      const categories = codes[slot] ?? 0;
      const first = block.from + from;
      categorical.forEach((column, i) => {
        categoriesInto(column, first, kernel.words(categories + i * rows * 4, to - from));
      });
      const values = block.data.byteOffset + from * 8;
      const task = kernel.post(taskKinds.transform, [values, to - from, out, categories], { wakes: false });
      const piece = { task, doneAt: kernel.doneAt(task), features: kernel.doubles(out, (to - from) * features) };
      ready.push(piece);
      return piece;
    },
    settle() {
      for (const { task } of ready) kernel.finish(task);
    },
    take() {
      const next = ready.shift();
      if (next === undefined) return new Float64Array(0);
      kernel.finish(next.task);
      return next.features;
    },
  };
}

/** The category of each row from `first` on, -1 for one that was not fitted. */
function categoriesInto({ codes, categoryOf, missing }: CategoricalColumn, first: number, out: Int32Array): void {
  for (let i = 0; i < out.length; i++) {
    const code = codes[first + i] ?? -1;
    out[i] = code < 0 ? missing : (categoryOf[code] ?? -1);
  }
}

/** Fills `features` with those of rows `from` to `to` of a block, row after row. */
function fillPiece(
  { from: first, stride, data }: NumberBlock,
  from: number,
  to: number,
  numeric: readonly NumericColumn[],
  categorical: readonly CategoricalColumn[],
  features: number,
  piece: Float64Array,
): void {
  numeric.forEach(({ transform, column }, feature) => {
    const values = data.subarray(column * stride + from, column * stride + to);
    standardiseInto(transform, values, piece, feature, features);
  });
  let feature = numeric.length;
  for (const { transform, codes, categoryOf, missing } of categorical) {
    const width = transform.categories.length;
    oneHotInto(codes.subarray(first + from, first + to), categoryOf, missing, piece, feature, width, features);
    feature += width;
  }
}

/** `(value - mean) / scale` into column `feature` of a block with `stride` columns. */
function standardiseInto(
  { fill, standard }: NumericTransform,
  values: Float64Array,
  block: Float64Array,
  feature: number,
  stride: number,
): void {
  const { mean, scale } = standard ?? { mean: 0, scale: 1 };
  for (let row = 0, slot = feature; row < values.length; row++, slot += stride) {
    const value = values[row] ?? 0;
    const filled = Number.isNaN(value) ? fill : value;
    block[slot] = standard === null ? filled : (filled - mean) / scale;
  }
}

/** One 1 a row among `width` columns from `feature` on; none for a category that was not fitted. */
function oneHotInto(
  codes: Int32Array,
  categoryOf: Int32Array,
  missing: number,
  block: Float64Array,
  feature: number,
  width: number,
  stride: number,
): void {
  for (let row = 0, slot = feature; row < codes.length; row++, slot += stride) {
    const code = codes[row] ?? -1;
    const category = code < 0 ? missing : (categoryOf[code] ?? -1);
    block.fill(0, slot, slot + width);
    if (category >= 0) block[slot + category] = 1;
  }
}
