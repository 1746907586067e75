/**
 * Threads that bring rows of `processed.pkl` to their places in the kernels' memory, beside the thread that asks.
 *
 * All take pieces of the file from one counter, read them into memory of their own and have the kernels place the rows:
 * whoever brings a row, it comes to the one place. A thread that comes late finds nothing to do, and nobody waits for it.
 */
import { Worker } from 'node:worker_threads';
import type { PlacingPlan } from '../../learn/index.js';

/** Words of the mailbox: the next piece that nobody has taken, and how many are in place. */
const nextWord = 0;
const doneWord = 1;

const program = `
const { workerData } = require('node:worker_threads');
const { readSync } = require('node:fs');
const { fd, offset, rows, plan, number, mailbox } = workerData;
const { module, memory, columns, places, train, validation, pieceRows } = plan;
const piece = plan.pieces[number];
const words = new Int32Array(mailbox);
const power = (t, exponent) => t ** exponent;
const { placeRows } = new WebAssembly.Instance(module, { env: { memory }, host: { power } }).exports;
for (;;) {
  const from = Atomics.add(words, ${nextWord}, 1) * pieceRows;
  if (from >= rows) break;
  const count = Math.min(pieceRows, rows - from);
  const bytes = new Uint8Array(memory.buffer, piece, count * columns * 8);
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(fd, bytes, at, bytes.length - at, offset + from * columns * 8 + at);
    if (got === 0) throw new Error('the file ends within row ' + from);
    at += got;
  }
  placeRows(piece, count, columns, places + 4 * from, train, validation);
  Atomics.add(words, ${doneWord}, 1);
}
`;

/** The rows of a file, one after the other. */
export interface FileRows {
  /** Open for reading until `finished` or `close` has resolved. */
  readonly fd: number;
  /** Where the first row begins, in bytes. */
  readonly offset: number;
  readonly rows: number;
}

export class PlacingThreads {
  private readonly words = new Int32Array(new SharedArrayBuffer(8));
  private readonly workers: readonly Worker[];
  private readonly ended: readonly Promise<void>[];
  private fault: unknown = null;

  /** Starts a thread for each piece of the plan but the first, which is the caller's. */
  constructor(
    private readonly file: FileRows,
    private readonly plan: PlacingPlan,
  ) {
    this.workers = plan.pieces.slice(1).map((_, i) => this.start(i + 1));
    this.ended = this.workers.map((worker) => new Promise((resolve) => void worker.once('exit', () => resolve())));
  }

  /** Takes a piece. @returns its first row; null where none is left */
  take(): number | null {
    const from = Atomics.add(this.words, nextWord, 1) * this.plan.pieceRows;
    return from < this.file.rows ? from : null;
  }

  /** The piece that was taken is in place. */
  placed(): void {
    Atomics.add(this.words, doneWord, 1);
  }

  /** Resolves when every row is in place: none is left to take. @throws what a thread threw */
  async finished(): Promise<void> {
    if (Atomics.load(this.words, doneWord) < this.pieces) await Promise.all(this.ended);
    if (this.fault !== null) throw this.fault;
    for (const worker of this.workers) worker.unref();
  }

  /** Lets nobody take a piece any more, and waits for the threads. */
  async close(): Promise<void> {
    Atomics.store(this.words, nextWord, this.pieces);
    await Promise.all(this.ended);
  }

  private get pieces(): number {
    return Math.ceil(this.file.rows / this.plan.pieceRows);
  }

  private start(number: number): Worker {
    const worker = new Worker(program, {
      eval: true,
      workerData: { ...this.file, plan: this.plan, number, mailbox: this.words.buffer },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    worker.on('error', (fault) => {
      this.fault ??= fault;
    });
    return worker;
  }
}
