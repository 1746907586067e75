/**
 * From bytes to records: finds where each field begins and ends, and copies nothing.
 *
 * The grammar is that of pandas' C parser: a field that begins with the quote character is quoted, a doubled
 * quote inside stands for one, text after the closing quote belongs to the field; a quote elsewhere is text.
 * Records end with LF, CRLF or CR, in any mix; lines that are empty or hold only spaces are skipped.
 */
import { AppError } from '../contract/errors.js';
import { CR, LF, SPACE, TAB } from './bytes.js';

/** Fields of some records: field c of row r is `bytes[starts[r * columns + c] .. ends[r * columns + c])`. */
export interface Records {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Physical line, from 1, on which each row begins. */
  readonly lines: Float64Array;
  /** Where `bytes[0]` lies in the text. */
  readonly offset: number;
}

/** Takes chunks of text in, gives records out; a record that is cut off waits for the next chunk. */
export interface RecordSource<Found extends Records> {
  /** Adds text to what is not yet scanned. Records handed out before are void from here on. */
  push(chunk: Uint8Array): void;
  /**
   * Records of one width, as many as are whole and fit a batch; null where none is.
   * @param final no more text follows
   * @throws AppError `CSV_RAGGED`, `CSV_QUOTE_UNTERMINATED`, `CSV_RECORD_TOO_LONG`
   */
  records(final: boolean): Found | null;
}

export interface ScannerOptions {
  readonly delimiter: string;
  readonly quote: string;
  /** Longest record in bytes. */
  readonly limitBytes: number;
  /** Bytes of the file before the text: its byte order mark. */
  readonly offset?: number;
}

export const defaultRecordLimit = 16 * 1024 * 1024;

/** Fields in one batch at most, unless a single record has more. */
const batchFields = 1 << 16;

/** Scans in plain TypeScript. `kernels/` has the same in WebAssembly, compared with this one in tests. */
export class RecordScanner implements RecordSource<Records> {
  private buffer = new Uint8Array(1 << 16);
  private begin = 0;
  private end = 0;
  private offset: number;
  private line = 1;
  private starts = new Int32Array(0);
  private ends = new Int32Array(0);
  private lines = new Float64Array(0);
  private columns = 0;
  /** Fields that every record of `records` must have. */
  private width = 0;
  /** A long record is looked at again only once this many bytes of it are there: each byte is scanned twice at most. */
  private patience = 0;
  private readonly delimiter: number;
  private readonly quote: number;
  /** 1 for the bytes that end an unquoted field. */
  private readonly stops = new Uint8Array(256);
  private readonly limitBytes: number;
  /** Of the record being scanned: each quoted field's slot, and where its last byte ends. */
  private readonly quoted: number[] = [];

  constructor(options: ScannerOptions) {
    this.delimiter = options.delimiter.charCodeAt(0);
    this.quote = options.quote.charCodeAt(0);
    this.limitBytes = options.limitBytes;
    this.offset = options.offset ?? 0;
    for (const byte of [LF, CR, this.delimiter]) this.stops[byte] = 1;
  }

  push(chunk: Uint8Array): void {
    const waiting = this.end - this.begin;
    const needed = waiting + chunk.length + 1; // one more for the sentinel
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.buffer.length * 2));
      larger.set(this.buffer.subarray(this.begin, this.end));
      this.buffer = larger;
    } else if (this.begin > 0) {
      this.buffer.copyWithin(0, this.begin, this.end);
    }
    this.offset += this.begin;
    this.begin = 0;
    this.buffer.set(chunk, waiting);
    this.end = waiting + chunk.length;
  }

  /** The next record alone, with as many fields as it has; null where none is whole. */
  record(final: boolean): Records | null {
    if (!final && this.end - this.begin < this.patience) return null;
    if (this.columns === 0) this.allocate(64);
    let fields = this.scan(final, 1, true);
    if (fields > this.columns) {
      this.allocate(fields);
      fields = this.scan(final, 1, true);
    }
    if (fields > 0) {
      this.patience = 0;
      return this.batch(1, fields);
    }
    this.checkWaiting(final);
    return null;
  }

  /** From here on records have this many fields. */
  expect(columns: number): void {
    this.width = columns;
  }

  records(final: boolean): Records | null {
    if (this.columns !== this.width) this.allocate(this.width);
    if (!final && this.end - this.begin < this.patience) return null;
    const rows = this.scan(final, this.lines.length, false);
    if (rows > 0) {
      this.patience = 0;
      return this.batch(rows, this.width);
    }
    this.checkWaiting(final);
    return null;
  }

  /** What is not yet scanned, for another scanner to go on with. */
  rest(): { text: Uint8Array; offset: number; line: number } {
    const { buffer, begin, end, offset, line } = this;
    return { text: buffer.subarray(begin, end), offset: offset + begin, line };
  }

  private checkWaiting(final: boolean): void {
    const waiting = this.end - this.begin;
    this.patience = waiting < this.limitBytes ? Math.min(2 * waiting, this.limitBytes) : 0;
    if (final || waiting <= this.limitBytes) return;
    throw new AppError('CSV_RECORD_TOO_LONG', { line: this.line, limitBytes: this.limitBytes });
  }

  private batch(rows: number, columns: number): Records {
    const { buffer: bytes, starts, ends, lines, offset } = this;
    return { bytes, rows, columns, starts, ends, lines, offset };
  }

  private allocate(columns: number): void {
    const rows = Math.max(1, Math.floor(batchFields / columns));
    this.columns = columns;
    this.starts = new Int32Array(rows * columns);
    this.ends = new Int32Array(rows * columns);
    this.lines = new Float64Array(rows);
  }

  /**
   * Scans up to `maxRows` whole records and answers their number; with `single`, one record of any width, and
   * answers its number of fields (scanning nothing if there is no room for them).
   */
  private scan(final: boolean, maxRows: number, single: boolean): number {
    const { buffer, starts, ends, lines, columns, delimiter, quote, stops, end } = this;
    buffer[end] = LF; // a sentinel: the loops over a field need no bounds check
    let p = this.begin;
    let line = this.line;
    let rows = 0;
    while (p < end && rows < maxRows) {
      const blank = this.blankLine(p, final);
      if (blank < 0) break;
      if (blank > 0) {
        p += blank;
        line++;
        this.begin = p;
        this.line = line;
        continue;
      }
      const startLine = line;
      let fields = 0;
      let slot = rows * columns;
      this.quoted.length = 0;
      for (;;) {
        let start = p;
        if (buffer[p] === quote && p < end) {
          const openLine = line;
          start = ++p;
          for (;;) {
            while (buffer[p] !== quote && p < end) {
              const c = buffer[p++];
              if (c === LF || (c === CR && buffer[p] !== LF)) line++;
            }
            if (p >= end && final) throw new AppError('CSV_QUOTE_UNTERMINATED', { line: openLine });
            if (p + 1 >= end && !final) return rows;
            p++;
            if (buffer[p] !== quote || p >= end) break;
            p++;
          }
          const close = p - 1;
          while (stops[buffer[p] ?? 0] === 0) p++;
          if (fields < columns) {
            starts[slot] = start;
            ends[slot] = close;
            this.quoted.push(slot, p);
          }
        } else {
          while (stops[buffer[p] ?? 0] === 0) p++;
          if (fields < columns) {
            starts[slot] = start;
            ends[slot] = p;
          }
        }
        slot++;
        fields++;
        if (p >= end) {
          if (!final) return rows;
          break;
        }
        if (buffer[p] !== delimiter) break;
        p++;
      }
      if (p < end) {
        if (buffer[p] === CR) {
          if (p + 1 === end && !final) return rows;
          if (p + 1 < end && buffer[p + 1] === LF) p++;
        }
        p++;
        line++;
      }
      if (single) {
        if (fields > columns) return fields;
      } else if (fields !== columns) {
        throw new AppError('CSV_RAGGED', { line: startLine, found: fields, expected: columns });
      }
      if (this.quoted.length > 0) this.unquote();
      lines[rows++] = startLine;
      this.begin = p;
      this.line = line;
      if (single) return fields;
    }
    return rows;
  }

  /** Length of the line at `p`, its end included, if nothing but spaces is on it; 0 if not, -1 if that is not known yet. */
  private blankLine(p: number, final: boolean): number {
    const { buffer, delimiter, end } = this;
    let q = p;
    while (q < end && (buffer[q] === SPACE || buffer[q] === TAB) && buffer[q] !== delimiter) q++;
    if (q === end) return final ? q - p : -1;
    if (buffer[q] === LF) return q + 1 - p;
    if (buffer[q] !== CR) return 0;
    if (q + 1 === end && !final) return -1;
    return q + 1 < end && buffer[q + 1] === LF ? q + 2 - p : q + 1 - p;
  }

  /** Doubled quotes become one, and text after a closing quote moves up to it, in place, once a record is whole. */
  private unquote(): void {
    const { buffer, starts, ends, quote, quoted } = this;
    for (let i = 0; i < quoted.length; i += 2) {
      const slot = quoted[i] ?? 0;
      const stop = quoted[i + 1] ?? 0;
      const close = ends[slot] ?? 0;
      let write = starts[slot] ?? 0;
      for (let read = write; read < stop; read++) {
        const c = buffer[read] ?? 0;
        if (c === quote && read < close) read++;
        if (read !== close) buffer[write++] = c;
      }
      ends[slot] = write;
    }
  }
}
