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

/** Numbers of a table that stay in memory. */
const keptNumberBytes = 64 << 20;

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
  private dropped = new Uint8Array(0);
  private readonly decimal: number;

  /**
   * @param expectedRows how many rows the file has; a hint
   * @param spillPath a file for what finds no room in memory
   * @param refuseTarget the target is a measurement: reading ends at the first value that shows it
   */
  constructor(
    private readonly plan: Plan,
    dialect: Dialect,
    expectedRows: number,
    spillPath: string,
    private readonly refuseTarget: boolean,
  ) {
    this.decimal = dialect.decimal.charCodeAt(0);
    this.numeric = new NumberColumns(plan.numeric.length, spillPath, keptNumberBytes);
    this.categorical = plan.categorical.map(() => new CodeList(expectedRows));
    this.target = new CodeList(expectedRows);
  }

  columns(columns: HeaderColumn[]): void {
    this.width = columns.length;
  }

  /** @throws AppError `CSV_VALUE_NOT_NUMERIC`, `CSV_NOT_FINITE`, `TARGET_CONTINUOUS` */
  batch(batch: Batch): void {
    const kept = this.chooseRows(batch);
    this.readTarget(batch, kept);
    for (let done = 0; done < kept.length; ) {
      const { data, at, rows } = this.numeric.room;
      const some = kept.subarray(done, done + rows);
      this.plan.numeric.forEach((column, i) => {
        this.readNumbers(batch, some, column, data, i * this.numeric.stride + at);
      });
      this.numeric.advance(some.length);
      done += some.length;
    }
    this.plan.categorical.forEach((column, i) => {
      const list = this.categorical[i];
      if (list) readCodes(batch, kept, column, list);
    });
    this.total += batch.rows;
    this.rows += kept.length;
  }

  private chooseRows(batch: Batch): Int32Array {
    const { rows } = batch;
    if (rows > this.kept.length) {
      this.kept = new Int32Array(rows);
      this.dropped = new Uint8Array(rows);
    }
    const { dropped, kept, plan } = this;
    dropped.fill(0, 0, rows);
    this.withoutTarget += markMissing(batch, plan.target.position, dropped);
    if (plan.dropMissing) {
      for (let column = 0; column < this.width; column++) this.withMissing += markMissing(batch, column, dropped);
    }
    let count = 0;
    for (let row = 0; row < rows; row++) if (dropped[row] === 0) kept[count++] = row;
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

  /** Numbers of one column into `data` from `at` on; NaN stands for a missing value. */
  private readNumbers(batch: Batch, kept: Int32Array, column: NumericPlan, data: Float64Array, at: number): void {
    const { columns, values } = batch;
    const { position, boolean } = column;
    for (let i = 0; i < kept.length; i++) {
      const row = kept[i] ?? 0;
      const scanned = values === null || boolean ? Number.NaN : (values[row * columns + position] ?? Number.NaN);
      data[at + i] = Number.isNaN(scanned) ? this.lookCloser(batch, row, column) : scanned;
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

/** Marks the rows whose field is missing; answers how many were not marked before. */
function markMissing(batch: Batch, column: number, marks: Uint8Array): number {
  const { bytes, starts, ends, rows, columns, values } = batch;
  let count = 0;
  for (let row = 0, slot = column; row < rows; row++, slot += columns) {
    if (values !== null && !Number.isNaN(values[slot] ?? Number.NaN)) continue;
    if (marks[row] !== 0 || !isMissing(bytes, starts[slot] ?? 0, ends[slot] ?? 0)) continue;
    marks[row] = 1;
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
