/** Fields of records as text, checked on the way. */
import { AppError } from '../contract/errors.js';
import { firstInvalidUtf8, text } from './bytes.js';
import type { Records } from './scanner.js';

/** One field as text. @throws AppError `CSV_ENCODING`, `CSV_BINARY` with the offset in the file's text */
export function fieldText(batch: Records, row: number, column: number): string {
  const slot = row * batch.columns + column;
  const start = batch.starts[slot] ?? 0;
  const end = batch.ends[slot] ?? 0;
  checkText(batch, start, end);
  return text(batch.bytes, start, end);
}

/** @throws AppError `CSV_ENCODING` where bytes are not UTF-8, `CSV_BINARY` at a zero byte */
export function checkText(batch: Records, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const byte = batch.bytes[i] ?? 0;
    if (byte === 0) throw new AppError('CSV_BINARY', { offset: batch.offset + i });
    if (byte < 0x80) continue;
    const invalid = firstInvalidUtf8(batch.bytes, i, end, true);
    if (invalid < 0) return;
    throw new AppError('CSV_ENCODING', { encoding: 'utf-8', offset: batch.offset + invalid });
  }
}
