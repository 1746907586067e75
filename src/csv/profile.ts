/** The profile of a whole table: one pass, every column. */
import type { Dialect } from '../contract/config.js';
import type { ColumnProfile, DatasetProfile } from '../contract/entities.js';
import type { Batch } from './batch.js';
import { ColumnProfiler, profileBudget } from './column-profile.js';
import type { HeaderColumn } from './header.js';
import type { CsvHandler } from './reader.js';

/** Warnings of one sort that are listed one by one. */
const listedWarnings = 50;

/**
 * Collects `DatasetProfile` from batches.
 *
 * `std` is the population's (that of StandardScaler). Distinct values are counted one by one up to 10,000 a
 * column and 1,000,000 a file; of a text column beyond that it is still watched whether it ever repeats.
 */
export class TableProfiler implements CsvHandler {
  rows = 0;
  private rowsWithMissing = 0;
  private profilers: ColumnProfiler[] = [];
  private header: HeaderColumn[] = [];
  private rowMissing = new Uint8Array(0);
  private values = new Float64Array(0);

  constructor(private readonly dialect: Dialect) {}

  columns(columns: HeaderColumn[]): void {
    const decimal = this.dialect.decimal.charCodeAt(0);
    const budget = profileBudget();
    this.header = columns;
    this.profilers = columns.map((column, position) => new ColumnProfiler(column, position, decimal, budget));
  }

  batch(batch: Batch): void {
    const { rows } = batch;
    if (rows > this.values.length) {
      this.values = new Float64Array(rows);
      this.rowMissing = new Uint8Array(rows);
    }
    this.rowMissing.fill(0, 0, rows);
    for (const profiler of this.profilers) profiler.add(batch, this.rowMissing, this.values);
    for (let row = 0; row < rows; row++) this.rowsWithMissing += this.rowMissing[row] ?? 0;
    this.rows += rows;
  }

  /**
   * @param complete whether every row of the file went by
   * @param pause awaited after every hundred columns, for a caller that must not hold up others
   */
  async finish(complete: boolean, pause?: () => Promise<void>): Promise<DatasetProfile> {
    const columns: ColumnProfile[] = [];
    for (const profiler of this.profilers) {
      columns.push(profiler.finish());
      if (columns.length % 100 === 0) await pause?.();
    }
    const { rows, rowsWithMissing } = this;
    return { complete, rows, rowsWithMissing, columns, warnings: this.warnings() };
  }

  private warnings(): DatasetProfile['warnings'] {
    const renamed = this.header.flatMap(({ name, originalName }, i) =>
      originalName === undefined
        ? []
        : [{ code: 'headerRenamed', params: { position: i + 1, original: originalName, name } }],
    );
    const warnings: DatasetProfile['warnings'] = renamed.slice(0, listedWarnings);
    if (!this.dialect.header) warnings.push({ code: 'headerMissing', params: {} });
    if (this.dialect.decimal === ',') warnings.push({ code: 'decimalComma', params: {} });
    warnings.push(...this.profilers.flatMap((profiler) => profiler.warnings()).slice(0, listedWarnings));
    return warnings;
  }
}
