/** The head of an upload, read while a server answers others: dialect, first figures of every column, preview. */
import type { Dialect } from '../contract/config.js';
import type { DatasetProfile } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { Batch } from './batch.js';
import { isMissing } from './bytes.js';
import { detectDialect } from './dialect.js';
import { fieldText } from './field.js';
import { TableProfiler } from './profile.js';
import { CsvReader } from './reader.js';

/** Bytes between two looks at the clock. */
const sliceBytes = 32 * 1024;
const yieldAfterMs = 8;

/**
 * Dialect and profile of a CSV by its head. Gives way to the event loop every 10 ms.
 *
 * @param head the file's first bytes, or all of them
 * @param options `whole`: the head is the file; `reading`: what the user has settled about the dialect
 * @returns `profile.complete` is true only for a whole file; a last record that is cut off is not counted
 * @throws AppError `CSV_EMPTY`, `CSV_HEADER_ONLY`, `CSV_TOO_FEW_ROWS` (whole files only), `CSV_ONE_COLUMN`,
 *   `CSV_RAGGED`, `CSV_BINARY`, `CSV_ENCODING`, `CSV_QUOTE_UNTERMINATED`, `CSV_RECORD_TOO_LONG`
 */
export async function sniffHead(
  head: Uint8Array,
  options: { whole: boolean; reading: Partial<Dialect> },
): Promise<{ dialect: Dialect; profile: DatasetProfile }> {
  const { whole } = options;
  if (head.length === 0) throw new AppError('CSV_EMPTY');
  const dialect = detectDialect(head, options);
  const profiler = new TableProfiler(dialect);
  const reader = new CsvReader(dialect, profiler);
  let since = performance.now();
  const pause = async (): Promise<void> => {
    if (performance.now() - since < yieldAfterMs) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  };
  for (let start = 0; start < head.length; start += sliceBytes) {
    reader.push(head.subarray(start, start + sliceBytes));
    await pause();
  }
  if (whole) reader.finish();
  const profile = await profiler.finish(whole, pause);
  checkShape(profile, head.length);
  return { dialect, profile };
}

/** @throws AppError `CSV_ONE_COLUMN`, `CSV_TOO_FEW_ROWS`, `CSV_RECORD_TOO_LONG` */
export function checkShape(profile: DatasetProfile, limitBytes: number): void {
  const [first, second] = profile.columns;
  if (first === undefined) throw new AppError('CSV_RECORD_TOO_LONG', { line: 1, limitBytes });
  if (second === undefined) throw new AppError('CSV_ONE_COLUMN', { column: first.name });
  if (profile.complete && profile.rows < 2) throw new AppError('CSV_TOO_FEW_ROWS', { rows: profile.rows, least: 2 });
}

class Enough extends Error {}

/**
 * The first rows as texts; null stands for a missing value.
 * @param head the file's first bytes, as many as `rows` rows need, or all of them
 * @param whole the head is the file, so a last record without a line end is whole too
 */
export function previewHead(
  head: Uint8Array,
  dialect: Dialect,
  rows: number,
  whole = true,
): { columns: string[]; rows: (string | null)[][] } {
  let columns: string[] = [];
  const preview: (string | null)[][] = [];
  const handler = {
    columns: (named: { name: string }[]) => {
      columns = named.map(({ name }) => name);
    },
    batch: (batch: Batch) => {
      for (let row = 0; row < batch.rows; row++) {
        if (preview.length === rows) throw new Enough();
        preview.push(columns.map((_, column) => cell(batch, row, column)));
      }
    },
  };
  const reader = new CsvReader(dialect, handler);
  try {
    for (let start = 0; start < head.length; start += sliceBytes) {
      reader.push(head.subarray(start, start + sliceBytes));
      if (preview.length === rows) throw new Enough();
    }
    if (whole) reader.end();
  } catch (thrown) {
    if (!(thrown instanceof Enough) && !(thrown instanceof AppError)) throw thrown;
  }
  return { columns, rows: preview };
}

function cell(batch: Batch, row: number, column: number): string | null {
  const slot = row * batch.columns + column;
  if (isMissing(batch.bytes, batch.starts[slot] ?? 0, batch.ends[slot] ?? 0)) return null;
  return fieldText(batch, row, column);
}
