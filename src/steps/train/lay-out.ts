/**
 * Writes the rows of `processed.pkl` in another order, within bounded memory and by long reads and writes alone.
 *
 * The target is cut into stretches, a buffer each. The source is read once from front to end, and each row goes to the
 * buffer of the stretch in which it will lie; a full buffer is written to its stretch. Then every stretch is read,
 * its rows are put where they belong, and it is written back in its place. So each byte is written twice, and the
 * target never takes more than the rows.
 */
import type { FileHandle } from 'node:fs/promises';
import { readWhole, writeWhole } from '../file-bytes.js';

const mostStretchBytes = 32 * 1024 ** 2;
const mostBufferBytes = 1024 ** 2;
const readBytes = 1024 ** 2;

export interface Layout {
  readonly source: FileHandle;
  /** Where the first row of the source begins, in bytes. */
  readonly sourceOffset: number;
  readonly target: FileHandle;
  readonly columns: number;
  /** Where each row of the source goes: a permutation. */
  readonly places: Int32Array;
  /** What buffers may take, beside 4 bytes a row; where it is less than a few rows take, those few are taken. */
  readonly memoryBytes: number;
  /** Looked at before every read; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** @throws what the files throw, and the signal's reason */
export async function layOut(layout: Layout): Promise<void> {
  const { places, columns, memoryBytes } = layout;
  const rowBytes = columns * 8;
  const third = Math.min(mostStretchBytes, Math.floor(memoryBytes / 3));
  const stretchRows = Math.max(1, Math.min(places.length, Math.floor(third / rowBytes)));
  const arrived = await distribute(layout, stretchRows);
  await settle(layout, stretchRows, arrived);
}

/**
 * Brings every row into its stretch, in the order of the source.
 * @returns for each row of the target as it lies now the place where it belongs
 */
async function distribute(layout: Layout, stretchRows: number): Promise<Int32Array> {
  const { source, sourceOffset, target, columns, places, memoryBytes, signal } = layout;
  const rowBytes = columns * 8;
  const rows = places.length;
  const stretches = Math.ceil(rows / stretchRows);
  const bufferBytes = Math.min(mostBufferBytes, memoryBytes / 3 / stretches);
  const bufferRows = Math.max(1, Math.min(stretchRows, Math.floor(bufferBytes / rowBytes)));
  const buffers = new Float64Array(stretches * bufferRows * columns);
  const waiting = new Int32Array(stretches);
  const filled = new Int32Array(stretches);
  const arrived = new Int32Array(rows);
  const write = async (stretch: number): Promise<void> => {
    const count = waiting[stretch] ?? 0;
    const first = stretch * bufferRows * columns;
    const at = stretch * stretchRows + (filled[stretch] ?? 0) - count;
    waiting[stretch] = 0;
    await writeWhole(target, buffers.subarray(first, first + count * columns), at * rowBytes);
  };
  const readRows = Math.max(1, Math.min(rows, Math.floor(Math.min(readBytes, memoryBytes / 3) / rowBytes)));
  const block = new Float64Array(readRows * columns);
  for (let from = 0; from < rows; from += readRows) {
    signal.throwIfAborted();
    const count = Math.min(readRows, rows - from);
    await readWhole(source, block.subarray(0, count * columns), sourceOffset + from * rowBytes);
    for (let row = 0; row < count; row++) {
      const place = places[from + row] ?? 0;
      const stretch = Math.floor(place / stretchRows);
      const at = waiting[stretch] ?? 0;
      copyRow(block, row, buffers, stretch * bufferRows + at, columns);
      arrived[stretch * stretchRows + (filled[stretch] ?? 0)] = place;
      filled[stretch] = (filled[stretch] ?? 0) + 1;
      waiting[stretch] = at + 1;
      if (at + 1 === bufferRows) await write(stretch);
    }
  }
  for (let stretch = 0; stretch < stretches; stretch++) if ((waiting[stretch] ?? 0) > 0) await write(stretch);
  return arrived;
}

/** Puts the rows of every stretch where they belong. */
async function settle(layout: Layout, stretchRows: number, arrived: Int32Array): Promise<void> {
  const { target, columns, places, signal } = layout;
  const before = new Float64Array(stretchRows * columns);
  const after = new Float64Array(stretchRows * columns);
  for (let first = 0; first < places.length; first += stretchRows) {
    signal.throwIfAborted();
    const count = Math.min(stretchRows, places.length - first);
    const position = first * columns * 8;
    await readWhole(target, before.subarray(0, count * columns), position);
    for (let row = 0; row < count; row++) copyRow(before, row, after, (arrived[first + row] ?? 0) - first, columns);
    await writeWhole(target, after.subarray(0, count * columns), position);
  }
}

/** Number by number: for a view a row costs more than the row. */
function copyRow(from: Float64Array, row: number, to: Float64Array, place: number, columns: number): void {
  const source = row * columns;
  const target = place * columns;
  for (let j = 0; j < columns; j++) to[target + j] = from[source + j] ?? 0;
}
