/** A whole CSV, batch by batch, in memory that does not grow with the file. */
import type { Dialect } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { type Batch, PlainNumbers } from './batch.js';
import { markBytes, transcoder } from './encoding.js';
import { fieldText } from './field.js';
import { type HeaderColumn, nameColumns, numberColumns } from './header.js';
import { KernelScanner } from './kernels/kernel-scanner.js';
import { ScanAhead, type Threads } from './kernels/scan-ahead.js';
import { defaultRecordLimit, RecordScanner } from './scanner.js';

/** Bytes after which another thread is asked for: a smaller file is read before it has come. */
const aheadFromBytes = 8 << 20;

export interface CsvHandler {
  /** Called once, before any batch. */
  columns(columns: HeaderColumn[]): void;
  /** Records in file order; the batch's arrays are used again after the call. */
  batch(batch: Batch): void;
}

export interface ReaderOptions {
  /** Longest record in bytes. */
  readonly limitBytes?: number;
  /** `plain` forces the readable loops where WebAssembly finds the same fields faster. */
  readonly kernels?: 'auto' | 'plain';
  /** Threads of which one may find records ahead of the handler; the batches are the same ones. */
  readonly threads?: Threads | undefined;
  /** Bytes read before it is asked for. */
  readonly aheadFromBytes?: number;
}

/** Feeds one CSV to a handler: the file's bytes in its own encoding, in chunks of any size. */
export class CsvReader {
  /** Finds the first record, which says how wide the table is; without a kernel all others too. */
  private readonly opening: RecordScanner;
  private readonly numbers: PlainNumbers;
  private kernel: KernelScanner | null = null;
  /** Has taken over from the kernel once `kernel` is null. */
  private ahead: ScanAhead | null = null;
  private pushed = 0;
  private readonly decode: ((chunk: Uint8Array, final: boolean) => Uint8Array) | null;
  /** Bytes of the byte order mark that are still to come. */
  private skip: number;
  private readonly limitBytes: number;
  private columns = 0;
  rows = 0;

  constructor(
    private readonly dialect: Dialect,
    private readonly handler: CsvHandler,
    private readonly options: ReaderOptions = {},
  ) {
    const { delimiter, quote, encoding, bom } = dialect;
    this.skip = markBytes(encoding, bom);
    this.decode = encoding === 'utf-8' ? null : transcoder(encoding, this.skip);
    this.limitBytes = options.limitBytes ?? defaultRecordLimit;
    this.opening = new RecordScanner({ delimiter, quote, limitBytes: this.limitBytes, offset: this.skip });
    this.numbers = new PlainNumbers(dialect.decimal.charCodeAt(0));
  }

  /**
   * Room for the next bytes in the memory that they are scanned in; null where any will do. A chunk that fills it
   * from its start is not copied when it is pushed, and may be changed from then on.
   */
  room(): Uint8Array | null {
    return this.kernel === null && this.decode === null ? (this.ahead?.room() ?? null) : null;
  }

  /** @throws AppError `CSV_RAGGED`, `CSV_QUOTE_UNTERMINATED`, `CSV_RECORD_TOO_LONG`, and what the handler throws */
  push(chunk: Uint8Array): void {
    const bytes = this.skip === 0 ? chunk : chunk.subarray(this.skip);
    this.skip -= chunk.length - bytes.length;
    this.pushed += bytes.length;
    this.lookAhead();
    this.scan(this.decode === null ? bytes : this.decode(bytes, false));
    this.drain(false);
  }

  /** No more text. @throws AppError `CSV_EMPTY`, `CSV_HEADER_ONLY`, and as `push` */
  finish(): void {
    this.end();
    if (this.columns === 0) throw new AppError('CSV_EMPTY');
    if (this.rows === 0) throw new AppError('CSV_HEADER_ONLY');
  }

  /** No more text, and no matter how little there was. */
  end(): void {
    if (this.decode !== null) this.scan(this.decode(new Uint8Array(0), true));
    this.drain(true);
    this.close();
  }

  /** Gives back what is held, at any time. Whoever reads to the end without a fault need not call it. */
  close(): void {
    this.ahead?.close();
  }

  private drain(final: boolean): void {
    if (this.columns === 0 && !this.open(final)) return;
    for (;;) {
      const batch = this.next(final);
      if (batch === null) return;
      this.rows += batch.rows;
      this.handler.batch(batch);
    }
  }

  private scan(text: Uint8Array): void {
    (this.kernel ?? this.ahead ?? this.opening).push(text);
  }

  private next(final: boolean): Batch | null {
    const source = this.kernel ?? this.ahead;
    if (source !== null) return source.records(final);
    const records = this.opening.records(final);
    return records && this.numbers.read(records);
  }

  private open(final: boolean): boolean {
    const first = this.opening.record(final);
    if (first === null) return false;
    this.columns = first.columns;
    if (this.dialect.header) {
      const names = Array.from({ length: first.columns }, (_, column) => fieldText(first, 0, column));
      this.handler.columns(nameColumns(names));
    } else {
      this.handler.columns(numberColumns(first.columns));
      this.rows++;
      this.handler.batch(this.numbers.read(first));
    }
    this.handOver();
    return true;
  }

  /** The records behind the first one go to the kernel, where there is one. */
  private handOver(): void {
    const { dialect, columns, limitBytes, options } = this;
    this.opening.expect(columns);
    // The kernel looks for numbers and delimiters at once: a delimiter that could belong to a number confuses it.
    if (options.kernels === 'plain' || /[-+.eE0-9]/.test(dialect.delimiter)) return;
    const { text, offset, line } = this.opening.rest();
    this.kernel = KernelScanner.open({ ...dialect, columns, limitBytes, offset, line });
    this.kernel?.push(text);
  }

  /** Between two chunks a thread that has come takes over; text that is decoded first comes in other pieces, and waits for none. */
  private lookAhead(): void {
    const { kernel, dialect, columns, limitBytes, options } = this;
    if (kernel === null || this.decode !== null || this.pushed < (options.aheadFromBytes ?? aheadFromBytes)) return;
    this.ahead ??= ScanAhead.open({ ...dialect, columns, limitBytes }, options.threads);
    const rest = kernel.rest();
    if (this.ahead?.isReady(rest) !== true) return;
    this.ahead.takeOver(rest);
    this.kernel = null;
  }
}

/**
 * Reads a CSV from its bytes to its end.
 * @param source the file's bytes in its own encoding, in chunks of any size
 * @throws AppError `CSV_*`, with the line or the byte; whatever the source or the handler throws
 */
export async function readCsv(
  source: AsyncIterable<Uint8Array>,
  dialect: Dialect,
  handler: CsvHandler,
  options: ReaderOptions = {},
): Promise<{ rows: number }> {
  const reader = new CsvReader(dialect, handler, options);
  for await (const chunk of source) reader.push(chunk);
  reader.finish();
  return { rows: reader.rows };
}
