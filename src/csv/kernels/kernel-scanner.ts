/** Records by WebAssembly: the same records as `RecordScanner` finds, with their numbers read on the way. */
import { AppError } from '../../contract/errors.js';
import type { Batch } from '../batch.js';
import type { RecordSource, ScannerOptions } from '../scanner.js';
import { kernelBytes } from './generated/kernels.js';

/** An address in the module's memory, in bytes. */
type Pointer = number;

/** What the module exports; ./assembly/index.ts says what each does. */
interface KernelExports {
  readonly consumed: WebAssembly.Global<'i32'>;
  readonly line: WebAssembly.Global<'f64'>;
  readonly fault: WebAssembly.Global<'i32'>;
  readonly faultLine: WebAssembly.Global<'f64'>;
  readonly faultFields: WebAssembly.Global<'i32'>;
  freeFrom(): Pointer;
  scan(
    text: Pointer,
    begin: number,
    end: number,
    final: number,
    maxRows: number,
    columns: number,
    delimiter: number,
    quote: number,
    decimal: number,
    starts: Pointer,
    ends: Pointer,
    values: Pointer,
    stride: number,
    hardRows: Pointer,
    hardCounts: Pointer,
    lines: Pointer,
    quoted: Pointer,
  ): number;
}

const pageBytes = 65536;
/** Read beyond the text by the kernel's wide loads. */
const slackBytes = 32;
const batchFields = 1 << 16;
/** As the module imports its memory: shared, so that another thread may scan ahead in one. */
const mostPages = 65536;

/** Rows of a batch. */
export const batchRows = (columns: number): number => Math.max(1, Math.floor(batchFields / columns));

let compiled: WebAssembly.Module | null | undefined;

/** The compiled module, made once a process; null where the engine has no WebAssembly with SIMD. */
export function compiledModule(): WebAssembly.Module | null {
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (letter) => letter.charCodeAt(0)));
    } catch {
      compiled = null;
    }
  }
  return compiled;
}

/** @throws RangeError when the engine cannot */
export const newMemory = (bytes: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes), maximum: mostPages, shared: true });

export interface KernelScannerOptions extends ScannerOptions {
  readonly decimal: string;
  readonly columns: number;
  /** Physical line on which the text begins. */
  readonly line: number;
  /** See `RecordScanner`: of a scanner that goes on where another one was. */
  readonly patience?: number;
}

/** What a scanner has not yet scanned, for another one to go on with. */
export interface Unscanned {
  readonly text: Uint8Array;
  /** Where `text` lies in the file's text. */
  readonly offset: number;
  readonly line: number;
  readonly patience: number;
}

/** Scans records of a known number of fields. All arrays of a batch are views of the module's memory, void after the next call. */
export class KernelScanner implements RecordSource<Batch> {
  private readonly run: KernelExports;
  private readonly starts: Pointer;
  private readonly ends: Pointer;
  private readonly values: Pointer;
  private readonly hardRows: Pointer;
  private readonly hardCounts: Pointer;
  private readonly lines: Pointer;
  private readonly quoted: Pointer;
  private readonly text: Pointer;
  private readonly maxRows: number;
  private begin = 0;
  private end = 0;
  private offset: number;
  /** As `RecordScanner` has it. */
  private patience: number;

  private constructor(
    module: WebAssembly.Module,
    private readonly memory: WebAssembly.Memory,
    private readonly options: KernelScannerOptions,
  ) {
    // The generated module exports exactly what its source says; tests compare it with the plain scanner.
    this.run = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
    this.run.line.value = options.line;
    const { columns } = options;
    this.patience = options.patience ?? 0;
    this.maxRows = batchRows(columns);
    const fields = this.maxRows * columns;
    let top = Math.ceil(this.run.freeFrom() / 16) * 16;
    const reserve = (bytes: number): Pointer => {
      const start = top;
      top += Math.ceil(bytes / 16) * 16;
      return start;
    };
    this.values = reserve(fields * 8);
    this.hardRows = reserve(fields * 4);
    this.hardCounts = reserve(columns * 4);
    this.lines = reserve(this.maxRows * 8);
    this.starts = reserve(fields * 4);
    this.ends = reserve(fields * 4);
    this.quoted = reserve(columns * 8);
    this.text = top;
    this.offset = options.offset ?? 0;
    this.makeRoom(1 << 16);
  }

  /** @returns null where the engine cannot run it */
  static open(options: KernelScannerOptions): KernelScanner | null {
    const module = compiledModule();
    if (module === null) return null;
    try {
      return new KernelScanner(module, newMemory(pageBytes), options);
    } catch (fault) {
      if (fault instanceof RangeError) return null;
      throw fault;
    }
  }

  push(chunk: Uint8Array): void {
    const waiting = this.end - this.begin;
    this.makeRoom(waiting + chunk.length);
    const memory = new Uint8Array(this.memory.buffer);
    if (this.begin > 0) memory.copyWithin(this.text, this.text + this.begin, this.text + this.end);
    this.offset += this.begin;
    this.begin = 0;
    memory.set(chunk, this.text + waiting);
    this.end = waiting + chunk.length;
  }

  rest(): Unscanned {
    const { begin, end, text, offset, patience } = this;
    const waiting = new Uint8Array(this.memory.buffer, text + begin, end - begin);
    return { text: waiting, offset: offset + begin, line: this.run.line.value, patience };
  }

  records(final: boolean): Batch | null {
    if (!final && this.end - this.begin < this.patience) return null;
    const { run, options, text, begin, end, maxRows, starts, ends, values, hardRows, hardCounts, lines, quoted } = this;
    const { delimiter, quote, decimal, columns } = options;
    const rows = run.scan(
      text,
      begin,
      end,
      final ? 1 : 0,
      maxRows,
      columns,
      delimiter.charCodeAt(0),
      quote.charCodeAt(0),
      decimal.charCodeAt(0),
      starts,
      ends,
      values,
      maxRows,
      hardRows,
      hardCounts,
      lines,
      quoted,
    );
    this.throwFault();
    this.begin = run.consumed.value;
    if (rows === 0) {
      this.wait(final);
      return null;
    }
    this.patience = 0;
    const { buffer } = this.memory;
    const fields = rows * columns;
    return {
      bytes: new Uint8Array(buffer, text, end),
      rows,
      columns,
      starts: new Int32Array(buffer, starts, fields),
      ends: new Int32Array(buffer, ends, fields),
      lines: new Float64Array(buffer, lines, rows),
      values: new Float64Array(buffer, values, maxRows * columns),
      stride: maxRows,
      hardRows: new Int32Array(buffer, hardRows, maxRows * columns),
      hardCounts: new Int32Array(buffer, hardCounts, columns),
      offset: this.offset,
    };
  }

  /** @throws AppError `CSV_RAGGED`, `CSV_QUOTE_UNTERMINATED` */
  private throwFault(): void {
    const { fault, faultLine, faultFields } = this.run;
    const line = faultLine.value;
    if (fault.value === 1) {
      throw new AppError('CSV_RAGGED', { line, found: faultFields.value, expected: this.options.columns });
    }
    if (fault.value === 2) throw new AppError('CSV_QUOTE_UNTERMINATED', { line });
  }

  /** @throws AppError `CSV_RECORD_TOO_LONG` */
  private wait(final: boolean): void {
    const { limitBytes } = this.options;
    const waiting = this.end - this.begin;
    this.patience = waiting < limitBytes ? Math.min(2 * waiting, limitBytes) : 0;
    if (final || waiting <= limitBytes) return;
    throw new AppError('CSV_RECORD_TOO_LONG', { line: this.run.line.value, limitBytes });
  }

  private makeRoom(bytes: number): void {
    const { memory } = this;
    const missing = this.text + bytes + slackBytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  }
}
