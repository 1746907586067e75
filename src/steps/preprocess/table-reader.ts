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
import type { NumericPlan, Plan } from './plan.js';
import { CodeList, NumberList } from './values.js';

/** The kept rows of a file, column by column, in file order. */
export interface Table {
  /** Rows of the file. */
  readonly total: number;
  readonly rows: number;
  readonly withoutTarget: number;
  /** Rows dropped for a missing value, with `missing: drop`. */
  readonly withMissing: number;
  readonly numeric: readonly NumberList[];
  readonly categorical: readonly CodeList[];
  readonly target: CodeList;
}

export class TableReader implements CsvHandler, Table {
  total = 0;
  rows = 0;
  withoutTarget = 0;
  withMissing = 0;
  readonly numeric: NumberList[];
  readonly categorical: CodeList[];
  readonly target: CodeList;
  private width = 0;
  private kept = new Int32Array(0);
  private dropped = new Uint8Array(0);
  private readonly decimal: number;

  /**
   * @param expectedRows how many rows the file has; a hint
   * @param refuseTarget the target is a measurement: reading ends at the first value that shows it
   */
  constructor(
    private readonly plan: Plan,
    dialect: Dialect,
    expectedRows: number,
    private readonly refuseTarget: boolean,
  ) {
    this.decimal = dialect.decimal.charCodeAt(0);
    this.numeric = plan.numeric.map(() => new NumberList(expectedRows));
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
    this.plan.numeric.forEach((column, i) => {
      const list = this.numeric[i];
      if (list) this.readNumbers(batch, kept, column, list);
    });
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

  private readNumbers(batch: Batch, kept: Int32Array, column: NumericPlan, list: NumberList): void {
    const { bytes, starts, ends, columns, values } = batch;
    for (let i = 0; i < kept.length; i++) {
      const row = kept[i] ?? 0;
      const slot = row * columns + column.position;
      const scanned = values === null || column.boolean ? Number.NaN : (values[slot] ?? Number.NaN);
      if (!Number.isNaN(scanned)) {
        list.push(scanned);
        continue;
      }
      const start = starts[slot] ?? 0;
      const end = ends[slot] ?? 0;
      if (isMissing(bytes, start, end)) {
        list.push(Number.NaN);
        continue;
      }
      const value = column.boolean
        ? truth(parseBoolean(bytes, start, end))
        : parseNumber(bytes, start, end, this.decimal);
      if (!Number.isFinite(value)) {
        throw new AppError(Number.isNaN(value) ? 'CSV_VALUE_NOT_NUMERIC' : 'CSV_NOT_FINITE', {
          line: batch.lines[row] ?? 0,
          column: column.name,
          value: fieldText(batch, row, column.position),
        });
      }
      list.push(value);
    }
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
