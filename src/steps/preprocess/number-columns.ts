/**
 * Columns of numbers in blocks of rows, NaN for a missing value. The first blocks stay in memory; those beyond
 * `memoryBytes` go to a file of the scratch directory, so that memory does not grow with the table.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { toAppError } from '../../contract/errors.js';
import type { TableKernel } from './kernels/table-kernel.js';

/** One block has at most about this many bytes, but 256 rows at the least. */
const blockBytes = 4 << 20;
const leastRows = 256;
const mostRows = 1 << 16;

/** Rows that stand together: value (row, column) is `data[column * stride + row]`. */
export interface NumberBlock {
  /** Number of the first row. */
  readonly from: number;
  readonly rows: number;
  readonly stride: number;
  /** Void once the block after the next one is asked for. */
  readonly data: Float64Array;
}

export class NumberColumns {
  /** Rows of a whole block. */
  readonly stride: number;
  rows = 0;
  /** The block that is being filled. */
  private open: Float64Array;
  private filled = 0;
  private readonly kept: Float64Array[] = [];
  private spilled = 0;
  private file: number | null = null;
  /** Blocks read back from the file, in turn. */
  private readonly back: Float64Array[] = [];

  /**
   * @param spillPath where blocks go that find no room in `memoryBytes`
   * @param kernel whose memory the blocks lie in
   */
  constructor(
    readonly columns: number,
    private readonly spillPath: string,
    private readonly memoryBytes: number,
    readonly kernel: TableKernel | null = null,
    strideRows?: number,
  ) {
    const rows = Math.floor(blockBytes / 8 / Math.max(columns, 1));
    this.stride = strideRows ?? Math.max(leastRows, Math.min(mostRows, rows));
    this.open = this.newBlock();
  }

  private newBlock(): Float64Array {
    const count = this.stride * this.columns;
    return this.kernel?.doubles(this.kernel.reserve(count * 8), count) ?? new Float64Array(count);
  }

  /** Whether every block is in memory. */
  get isWhole(): boolean {
    return this.spilled === 0;
  }

  /** Room for the next rows: the block, the row in it to begin with, and how many rows fit. */
  get room(): { data: Float64Array; at: number; rows: number } {
    return { data: this.open, at: this.filled, rows: this.stride - this.filled };
  }

  /** That many rows of the room are filled. @throws AppError `STORAGE_FULL` */
  advance(rows: number): void {
    this.filled += rows;
    this.rows += rows;
    if (this.filled < this.stride) return;
    this.filled = 0;
    if ((this.kept.length + 1) * this.open.byteLength <= this.memoryBytes) {
      this.kept.push(this.open);
      this.open = this.newBlock();
    } else this.spill();
  }

  private spill(): void {
    try {
      this.file ??= openSync(this.spillPath, 'w+');
      const { buffer, byteOffset, byteLength } = this.open;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      const position = this.spilled * bytes.length;
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.file, bytes, done, bytes.length - done, position + done);
      }
      this.spilled++;
    } catch (fault) {
      throw toAppError(fault);
    }
  }

  /** All blocks in order. */
  *blocks(): Generator<NumberBlock> {
    const { stride, kept, spilled } = this;
    let from = 0;
    for (const data of kept) {
      yield { from, rows: stride, stride, data };
      from += stride;
    }
    for (let k = 0; k < spilled; k++) {
      const data = this.back[k % 2] ?? this.newBlock();
      this.back[k % 2] = data;
      this.readBack(data, k * this.open.byteLength);
      yield { from, rows: stride, stride, data };
      from += stride;
    }
    if (this.filled > 0) yield { from, rows: this.filled, stride, data: this.open };
  }

  /** Copies one column into `values`, which has `rows` of them. */
  column(column: number, values: Float64Array): void {
    const { stride, kept, spilled } = this;
    const start = column * stride;
    let from = 0;
    for (const data of kept) {
      values.set(data.subarray(start, start + stride), from);
      from += stride;
    }
    for (let k = 0; k < spilled; k++) {
      this.readBack(values.subarray(from, from + stride), k * this.open.byteLength + start * 8);
      from += stride;
    }
    values.set(this.open.subarray(start, start + this.filled), from);
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  private readBack(values: Float64Array, position: number): void {
    if (this.file === null) throw new Error('number columns are closed');
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.file, bytes, done, bytes.length - done, position + done);
      if (read === 0) throw new Error(`number columns end at byte ${position + done}`);
      done += read;
    }
  }
}
