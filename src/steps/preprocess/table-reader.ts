/** Reads the columns that a plan names, row by row of the file, and leaves out the rows that it drops. */
import type { Dialect } from '../../contract/config.js';
import { AppError } from '../../contract/errors.js';
import {
  type Batch,
  type CsvHandler,
  checkText,
  fieldText,
  type HeaderColumn,
  isMissing,
  parseBoolean,
  parseNumber,
} from '../../csv/index.js';
import type { TableKernel } from './kernels/table-kernel.js';
import { NumberColumns } from './number-columns.js';
import type { NumericPlan, Plan } from './plan.js';
import { CodeList } from './values.js';

/** The kept rows of a file, column by column, in file order. */
export interface Table {
  /** Rows of the file. */
  readonly total: number;
  readonly rows: number;
  readonly withoutTarget: number;
  /** Rows dropped for a missing value, with `missing: drop`. */
  readonly withMissing: number;
  readonly numeric: NumberColumns;
  readonly categorical: readonly CodeList[];
  readonly target: CodeList;
}

/** Numbers of a table that stay in memory at most. */
const mostKeptBytes = 256 << 20;

export class TableReader implements CsvHandler, Table {
  total = 0;
  rows = 0;
  withoutTarget = 0;
  withMissing = 0;
  readonly numeric: NumberColumns;
  readonly categorical: CodeList[];
  readonly target: CodeList;
  private width = 0;
  private kept = new Int32Array(0);
  private places = new Int32Array(0);
  private keptRows = 0;
  private readonly decimal: number;

  /**
   * @param expectedRows how many rows the file has; a hint
   * @param spillPath a file for what finds no room in memory
   * @param memoryBytes what the numbers may take there
   * @param kernel whose memory they lie in
   * @param refuseTarget the target is a measurement: reading ends at the first value that shows it
   */
  constructor(
    private readonly plan: Plan,
    dialect: Dialect,
    expectedRows: number,
    spillPath: string,
    memoryBytes: number,
    kernel: TableKernel | null,
    private readonly refuseTarget: boolean,
  ) {
    this.decimal = dialect.decimal.charCodeAt(0);
    this.numeric = new NumberColumns(plan.numeric.length, spillPath, Math.min(mostKeptBytes, memoryBytes), kernel);
    this.categorical = plan.categorical.map(() => new CodeList(expectedRows));
    this.target = new CodeList(expectedRows);
  }

  columns(columns: HeaderColumn[]): void {
    this.width = columns.length;
  }

  /** @throws AppError `CSV_VALUE_NOT_NUMERIC`, `CSV_NOT_FINITE`, `TARGET_CONTINUOUS` */
  batch(batch: Batch): void {
    const kept = this.chooseRows(batch);
    this.keptRows = kept.length;
    this.readTarget(batch, kept);
    for (let done = 0; done < kept.length; ) {
      const { data, at, rows } = this.numeric.room;
      const count = Math.min(rows, kept.length - done);
      this.plan.numeric.forEach((column, i) => {
        this.readNumbers(batch, column, done, count, data, i * this.numeric.stride + at);
      });
      this.numeric.advance(count);
      done += count;
    }
    this.plan.categorical.forEach((column, i) => {
      const list = this.categorical[i];
      if (list) readCodes(batch, kept, column, list);
    });
    this.total += batch.rows;
    this.rows += kept.length;
  }

  /** The rows of the batch that are kept; `places` then says where each of its rows went, -1 for nowhere. */
  private chooseRows(batch: Batch): Int32Array {
    const { rows } = batch;
    if (rows > this.kept.length) {
      this.kept = new Int32Array(rows);
      this.places = new Int32Array(rows);
    }
    const { places, kept, plan } = this;
    places.fill(0, 0, rows);
    this.withoutTarget += markMissing(batch, plan.target.position, places);
    if (plan.dropMissing) {
      for (let column = 0; column < this.width; column++) this.withMissing += markMissing(batch, column, places);
    }
    let count = 0;
    for (let row = 0; row < rows; row++) {
      if (places[row] !== 0) continue;
      places[row] = count;
      kept[count++] = row;
    }
    return kept.subarray(0, count);
  }

  private readTarget(batch: Batch, kept: Int32Array): void {
    const { target, plan } = this;
    const { position, name, kind } = plan.target;
    readCodes(batch, kept, plan.target, target);
    if (!this.refuseTarget) return;
    for (const row of kept) {
      const value = fieldText(batch, row, position);
      if (kind === 'number' && Number.isInteger(this.numberAt(batch, row, position))) continue;
      throw new AppError('TARGET_CONTINUOUS', { target: name, value, line: batch.lines[row] ?? 0 });
    }
  }

  /**
   * Numbers of one column into `data` from `at` on: those of kept rows `done` to `done + count`. NaN stands for a
   * missing value.
   */
  private readNumbers(batch: Batch, column: NumericPlan, done: number, count: number, data: Float64Array, at: number) {
    const { values, stride, rows, hardRows, hardCounts } = batch;
    const { kept, places } = this;
    const first = column.position * stride;
    if (this.keptRows === rows) data.set(values.subarray(first + done, first + done + count), at);
    else for (let i = 0; i < count; i++) data[at + i] = values[first + (kept[done + i] ?? 0)] ?? Number.NaN;
    for (let k = 0; k < (hardCounts[column.position] ?? 0); k++) {
      const row = hardRows[first + k] ?? 0;
      const place = (places[row] ?? -1) - done;
      if (place >= 0 && place < count) data[at + place] = this.lookCloser(batch, row, column);
    }
  }

  /** @returns NaN for a missing value. @throws AppError `CSV_VALUE_NOT_NUMERIC`, `CSV_NOT_FINITE` */
  private lookCloser(batch: Batch, row: number, { name, position, boolean }: NumericPlan): number {
    const { bytes, starts, ends, columns } = batch;
    const slot = row * columns + position;
    const start = starts[slot] ?? 0;
    const end = ends[slot] ?? 0;
    if (isMissing(bytes, start, end)) return Number.NaN;
    const value = boolean ? truth(parseBoolean(bytes, start, end)) : parseNumber(bytes, start, end, this.decimal);
    if (Number.isFinite(value)) return value;
    throw new AppError(Number.isNaN(value) ? 'CSV_VALUE_NOT_NUMERIC' : 'CSV_NOT_FINITE', {
      line: batch.lines[row] ?? 0,
      column: name,
      value: fieldText(batch, row, position),
    });
  }

  private numberAt(batch: Batch, row: number, column: number): number {
    const slot = row * batch.columns + column;
    return parseNumber(batch.bytes, batch.starts[slot] ?? 0, batch.ends[slot] ?? 0, this.decimal);
  }
}

const truth = (value: number): number => (value < 0 ? Number.NaN : value);

/** Marks the rows whose field is missing by -1; answers how many were not marked before. */
function markMissing(batch: Batch, column: number, marks: Int32Array): number {
  const { bytes, starts, ends, columns, stride, hardRows, hardCounts } = batch;
  let count = 0;
  for (let k = 0; k < (hardCounts[column] ?? 0); k++) {
    const row = hardRows[column * stride + k] ?? 0;
    const slot = row * columns + column;
    if (marks[row] !== 0 || !isMissing(bytes, starts[slot] ?? 0, ends[slot] ?? 0)) continue;
    marks[row] = -1;
    count++;
  }
  return count;
}

function readCodes(batch: Batch, kept: Int32Array, column: { position: number }, list: CodeList): void {
  const { bytes, starts, ends, columns } = batch;
  const { dictionary } = list;
  for (let i = 0; i < kept.length; i++) {
    const slot = (kept[i] ?? 0) * columns + column.position;
    const start = starts[slot] ?? 0;
    const end = ends[slot] ?? 0;
    if (isMissing(bytes, start, end)) {
      list.push(-1);
      continue;
    }
    const known = dictionary.size;
    const code = dictionary.code(bytes, start, end);
    if (code === known) checkText(batch, start, end);
    list.push(code);
  }
}
