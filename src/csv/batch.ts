/** Records together with the numbers that their fields hold. */
import { parseNumber } from './number.js';
import type { Records } from './scanner.js';

export interface Batch extends Records {
  /**
   * Numbers, column after column: that of row r, column c is `values[c * stride + r]`. NaN where the field is no
   * finite number at first sight; what it is then (missing, text, a number after all) `isMissing` and `parseNumber` say.
   */
  readonly values: Float64Array;
  readonly stride: number;
  /** For each column from `c * stride` on the rows whose value is NaN, `hardCounts[c]` of them, ascending. */
  readonly hardRows: Int32Array;
  readonly hardCounts: Int32Array;
}

/** Reads the numbers of records in plain TypeScript; the kernel does it while it scans. */
export class PlainNumbers {
  private values = new Float64Array(0);
  private hardRows = new Int32Array(0);
  private hardCounts = new Int32Array(0);

  /** @param decimal byte of the decimal mark */
  constructor(private readonly decimal: number) {}

  /** The arrays of the batch are used again by the next call. */
  read(records: Records): Batch {
    const { bytes, rows, columns, starts, ends } = records;
    if (rows * columns > this.values.length) {
      this.values = new Float64Array(rows * columns);
      this.hardRows = new Int32Array(rows * columns);
    }
    if (columns > this.hardCounts.length) this.hardCounts = new Int32Array(columns);
    const { values, hardRows, hardCounts, decimal } = this;
    for (let column = 0; column < columns; column++) {
      let hard = 0;
      for (let row = 0, slot = column; row < rows; row++, slot += columns) {
        const value = parseNumber(bytes, starts[slot] ?? 0, ends[slot] ?? 0, decimal);
        values[column * rows + row] = Number.isFinite(value) ? value : Number.NaN;
        if (!Number.isFinite(value)) hardRows[column * rows + hard++] = row;
      }
      hardCounts[column] = hard;
    }
    return { ...records, values, stride: rows, hardRows, hardCounts };
  }
}
