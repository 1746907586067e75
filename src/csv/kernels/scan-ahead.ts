/** Records found ahead by another thread: the same batches as `KernelScanner` makes, in the same order. */
import { AppError } from '../../contract/errors.js';
import type { Batch } from '../batch.js';
import type { RecordSource } from '../scanner.js';
import {
  batchRows,
  compiledModule,
  KernelScanner,
  type KernelScannerOptions,
  newMemory,
  type Unscanned,
} from './kernel-scanner.js';

/** An address in the module's memory, in bytes. */
type Pointer = number;

/**
 * Threads beside the caller's, supplied from outside. A helper instantiates the module over the memory and calls
 * `serve(crew, number)`; one that ends early sets the 32-bit word at `failed` to 1.
 */
export interface Threads {
  /** Threads at work in all, the caller's included; 1 starts none. */
  readonly count: number;
  /** So long without a batch while one is waited for, in ms, is a failure; 60,000. */
  readonly patienceMs?: number | undefined;
  start(plan: { module: WebAssembly.Module; memory: WebAssembly.Memory; crew: Pointer; failed: Pointer }): {
    end(): void;
  };
}

// Offsets of ./assembly/ahead.ts.
const words = { here: 0, given: 64, made: 128, taken: 192, stopping: 256, failed: 320, size: 512 } as const;
const settings = { at: 384, carry: 436, patience: 440, line: 448 } as const;
const regionHead = 16;
const slotHead = 64;

const regions = 4;
const slots = 4;
/** Text of a region: what is pushed at once goes on in the next one. */
const regionBytes = 1 << 20;
/** Room of a region for what the one before it left over. */
const carryBytes = 1 << 20;
/** Read beyond the text by the kernel's wide loads. */
const slackBytes = 32;
/** A wait looks up this often. */
const napMs = 10;

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export class ScanAhead implements RecordSource<Batch> {
  private readonly view: Int32Array;
  private readonly helper: { end(): void };
  private readonly maxRows: number;
  private readonly slotBytes: number;
  private readonly regionAt: Pointer;
  private readonly slotAt: Pointer;
  private readonly regionStep: number;
  /** Where in the file's text the first byte of each region's own text lies. */
  private readonly offsets: number[] = [];
  /** Text that has found no region yet. */
  private waiting: Uint8Array = new Uint8Array(0);
  private nextOffset = 0;
  private finalGiven = false;
  private given = 0;
  /** Chunks whose last batch was taken. */
  private finished = 0;
  /** Batches that the caller is done with. */
  private taken = 0;
  /** A batch is in the caller's hands. */
  private held = false;
  /** Goes on where a record is longer than a region has room for. */
  private alone: { readonly scanner: KernelScanner; readonly chunks: Uint8Array[] } | null = null;

  private constructor(
    module: WebAssembly.Module,
    private readonly memory: WebAssembly.Memory,
    private readonly crew: Pointer,
    private readonly threads: Threads,
    private readonly options: Omit<KernelScannerOptions, 'line' | 'offset'>,
  ) {
    const { columns } = options;
    this.maxRows = batchRows(columns);
    const { slotBytes, regionStep } = sizes(columns);
    this.slotBytes = slotBytes;
    this.regionStep = regionStep;
    const quoted = crew + words.size;
    this.slotAt = aligned(quoted + columns * 8);
    this.regionAt = this.slotAt + slots * slotBytes;
    this.view = new Int32Array(memory.buffer, crew, words.size / 4);
    const code = (character: string): number => character.charCodeAt(0);
    this.view.set(
      [
        ...[regions, this.regionAt, regionStep, carryBytes, slots, this.slotAt, slotBytes, columns, this.maxRows],
        ...[code(options.delimiter), code(options.quote), code(options.decimal), options.limitBytes, 0, 0, quoted],
      ],
      settings.at / 4,
    );
    this.helper = threads.start({ module, memory, crew, failed: crew + words.failed });
  }

  /** Starts the other thread, which will be there in a while. @returns null where there is none, or no room for it */
  static open(options: Omit<KernelScannerOptions, 'line' | 'offset'>, threads: Threads | undefined): ScanAhead | null {
    const module = compiledModule();
    if (module === null || threads === undefined || threads.count < 2) return null;
    const { slotBytes, regionStep } = sizes(options.columns);
    // The module's own data lies within the first page.
    const crew = 65536;
    const bytes = crew + words.size + options.columns * 8 + 64 + slots * slotBytes + regions * regionStep;
    try {
      return new ScanAhead(module, newMemory(bytes), crew, threads, options);
    } catch (fault) {
      if (fault instanceof RangeError) return null;
      throw fault;
    }
  }

  /** Whether it can take over now from a scanner that has this left. */
  isReady({ text }: Unscanned): boolean {
    return Atomics.load(this.view, words.here / 4) === 1 && text.length <= carryBytes;
  }

  /** Goes on where another scanner was. To be called once, before any text. */
  takeOver({ text, offset, line, patience }: Unscanned): void {
    this.memoryBytes().set(text, this.regionAt + regionHead + carryBytes - text.length);
    this.view[settings.carry / 4] = text.length;
    this.view[settings.patience / 4] = patience;
    new Float64Array(this.memory.buffer, this.crew + settings.line, 1)[0] = line;
    this.nextOffset = offset + text.length;
  }

  /** Room for the next text, where it need not be copied; null where there is none now. Void once text is pushed. */
  room(): Uint8Array | null {
    const { given, finished, finalGiven, alone, waiting } = this;
    if (alone !== null || finalGiven || waiting.length > 0 || given - finished >= regions - 1) return null;
    return new Uint8Array(this.memory.buffer, this.textAt(given), regionBytes);
  }

  push(chunk: Uint8Array): void {
    if (this.alone === null) this.waiting = chunk;
    else this.alone.chunks.push(chunk);
  }

  /** Waits only where there is no room for more text, or none follows. */
  records(final: boolean): Batch | null {
    if (this.alone !== null) return this.recordsAlone(this.alone, final);
    this.release();
    this.give(final);
    const full = this.given - this.finished === regions - 1;
    if (!this.awaitBatch(final || full)) return null;
    return this.take(final);
  }

  /** Ends the other thread. */
  close(): void {
    Atomics.store(this.view, words.stopping / 4, 1);
    Atomics.notify(this.view, words.given / 4);
    Atomics.notify(this.view, words.taken / 4);
    this.helper.end();
  }

  private release(): void {
    if (!this.held) return;
    this.held = false;
    this.taken++;
    Atomics.store(this.view, words.taken / 4, this.taken);
    Atomics.notify(this.view, words.taken / 4);
  }

  /** Lays text into regions. One stays free: that of the chunk before the oldest may still be copied from. */
  private give(final: boolean): void {
    while (this.given - this.finished < regions - 1) {
      const ends = this.waiting.length === 0;
      if (ends && (!final || this.finalGiven)) return;
      const chunk = this.waiting.subarray(0, regionBytes);
      this.waiting = this.waiting.subarray(chunk.length);
      const region = this.given % regions;
      const head = this.regionAt + region * this.regionStep;
      const { buffer, byteOffset } = chunk;
      const isThere = buffer === this.memory.buffer && byteOffset === this.textAt(this.given);
      if (!isThere) this.memoryBytes().set(chunk, this.textAt(this.given));
      new Int32Array(this.memory.buffer, head, 2).set([chunk.length, ends ? 1 : 0]);
      this.offsets[region] = this.nextOffset;
      this.nextOffset += chunk.length;
      this.finalGiven = ends;
      this.given++;
      Atomics.store(this.view, words.given / 4, this.given);
      Atomics.notify(this.view, words.given / 4);
    }
  }

  /** @returns whether there is a batch; with `wait`, after one has come, or nothing is under way any more */
  private awaitBatch(wait: boolean): boolean {
    for (let naps = 0; this.finished < this.given; naps++) {
      if (Atomics.load(this.view, words.made / 4) > this.taken) return true;
      if (!wait) return false;
      const failed = Atomics.load(this.view, words.failed / 4) !== 0;
      if (failed || naps * napMs > (this.threads.patienceMs ?? 60_000))
        throw new Error('the thread that scans ahead ended before its work was done');
      Atomics.wait(this.view, words.made / 4, this.taken, napMs);
    }
    return false;
  }

  /** @throws AppError `CSV_RAGGED`, `CSV_QUOTE_UNTERMINATED`, `CSV_RECORD_TOO_LONG` */
  private take(final: boolean): Batch | null {
    const { buffer } = this.memory;
    const { columns, limitBytes } = this.options;
    const { maxRows } = this;
    const slot = this.slotAt + (this.taken % slots) * this.slotBytes;
    const [rows = 0, region = 0, last = 0, fault = 0, found = 0, begin = 0, end = 0, patience = 0] = new Int32Array(
      buffer,
      slot,
      8,
    );
    const [faultLine = 0, line = 0] = new Float64Array(buffer, slot + 32, 2);
    if (fault === 1) throw new AppError('CSV_RAGGED', { line: faultLine, found, expected: columns });
    if (fault === 2) throw new AppError('CSV_QUOTE_UNTERMINATED', { line: faultLine });
    if (fault === 3) throw new AppError('CSV_RECORD_TOO_LONG', { line: faultLine, limitBytes });
    const text = this.regionAt + region * this.regionStep + regionHead;
    const offset = (this.offsets[region] ?? 0) - carryBytes;
    this.held = true;
    if (last === 1) {
      this.finished++;
      const isEnd = this.finalGiven && this.finished === this.given;
      if (!isEnd && end - begin > carryBytes) {
        const left = new Uint8Array(buffer, text + begin, end - begin).slice();
        return this.goAlone({ text: left, offset: offset + begin, line, patience }, final);
      }
      return this.records(final);
    }
    const fields = maxRows * columns;
    const values = slot + slotHead;
    const lines = values + fields * 8;
    const hardRows = lines + maxRows * 8;
    const starts = hardRows + fields * 4;
    const ends = starts + fields * 4;
    return {
      bytes: new Uint8Array(buffer, text, end),
      rows,
      columns,
      starts: new Int32Array(buffer, starts, rows * columns),
      ends: new Int32Array(buffer, ends, rows * columns),
      lines: new Float64Array(buffer, lines, rows),
      values: new Float64Array(buffer, values, fields),
      stride: maxRows,
      hardRows: new Int32Array(buffer, hardRows, fields),
      hardCounts: new Int32Array(buffer, ends + fields * 4, columns),
      offset,
    };
  }

  /** The chunks that the other thread has not begun are pushed one by one, as they would have been without it. */
  private goAlone(left: Unscanned, final: boolean): Batch | null {
    const { offset, line, patience, text } = left;
    const scanner = KernelScanner.open({ ...this.options, offset, line, patience });
    if (scanner === null) throw new RangeError('no memory for a record of this length');
    scanner.push(text);
    const chunks: Uint8Array[] = [];
    for (let k = this.finished; k < this.given; k++) {
      const head = this.regionAt + (k % regions) * this.regionStep;
      const [length = 0] = new Int32Array(this.memory.buffer, head, 1);
      const chunk = new Uint8Array(this.memory.buffer, head + regionHead + carryBytes, length);
      if (length > 0) chunks.push(chunk.slice());
    }
    if (this.waiting.length > 0) chunks.push(this.waiting);
    this.close();
    this.alone = { scanner, chunks };
    return this.recordsAlone(this.alone, final);
  }

  private recordsAlone({ scanner, chunks }: NonNullable<typeof this.alone>, final: boolean): Batch | null {
    for (;;) {
      const batch = scanner.records(final && chunks.length === 0);
      if (batch !== null) return batch;
      const chunk = chunks.shift();
      if (chunk === undefined) return null;
      scanner.push(chunk);
    }
  }

  /** Where the text of a chunk begins in its region. */
  private textAt(chunk: number): Pointer {
    return this.regionAt + (chunk % regions) * this.regionStep + regionHead + carryBytes;
  }

  private memoryBytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }
}

function sizes(columns: number): { slotBytes: number; regionStep: number } {
  const rows = batchRows(columns);
  const fields = rows * columns;
  return {
    slotBytes: aligned(slotHead + fields * 20 + rows * 8 + columns * 4),
    regionStep: aligned(regionHead + carryBytes + regionBytes + slackBytes),
  };
}
