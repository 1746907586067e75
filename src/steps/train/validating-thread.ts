/**
 * A thread that scores the validation rows of a laid file with a linear model, while the thread that asks trains.
 *
 * It reads the rows itself, in pieces that stay in the cache of its core, and calls the kernels on them: the same calls
 * for the same stretches as `LinearPieceKernel.validate`, so the same numbers. Like the thread of ./reading-thread.ts it
 * is never woken: it looks for a request in naps.
 */
import { Worker } from 'node:worker_threads';
import type { ValidationPlan, Validator } from '../../learn/index.js';

/** Words of the mailbox: requests made, 1 to end. */
const askedWord = 0;
const endWord = 1;

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { readSync } = require('node:fs');
const { fd, laid, first, rows, columns, mailbox, plan } = workerData;
const { module, memory, pieceRows, stretchRows } = plan;
const rowBytes = columns * 8;
const words = new Int32Array(mailbox);
const power = (t, exponent) => t ** exponent;
const kernels = new WebAssembly.Instance(module, { env: { memory }, host: { power } }).exports;
const score = plan.logistic ? kernels.scoreLogistic : kernels.scoreHinge;
const codes = new Int32Array(memory.buffer, plan.codes, stretchRows);
const sums = new Float64Array(memory.buffer, plan.sums, 2 * Math.ceil(rows / stretchRows));
const isEnding = () => Atomics.load(words, ${endWord}) !== 0;

function read(row, count) {
  const bytes = new Uint8Array(memory.buffer, plan.x, count * rowBytes);
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(fd, bytes, at, bytes.length - at, (first + row) * rowBytes + at);
    if (got === 0) throw new Error('the file ends within row ' + (first + row));
    at += got;
  }
}

function validate() {
  for (let from = 0; from < rows && !isEnding(); from += stretchRows) {
    const to = Math.min(rows, from + stretchRows);
    for (let row = from; row < to; row += pieceRows) {
      const count = Math.min(pieceRows, to - row);
      read(row, count);
      kernels.decide(plan.x, count, columns, plan.coef, plan.intercept, 1, plan.decisions + 8 * (row - from));
    }
    codes.set(laid.subarray(first + from, first + to));
    const at = 2 * (from / stretchRows);
    sums[at + 1] = score(plan.decisions, plan.codes, to - from, 1);
    sums[at] = kernels.hits();
  }
}

for (let done = 0; !isEnding(); ) {
  if (Atomics.load(words, ${askedWord}) === done) Atomics.wait(words, ${askedWord}, done, 0.3);
  else {
    validate();
    done += 1;
    parentPort.postMessage(done);
  }
}
`;

/** Where the validation rows lie. */
export interface ValidationRows {
  /** Open for reading until `close` has resolved. */
  readonly fd: number;
  /** The class of each row of the file, in shared memory. */
  readonly laid: Uint8Array;
  /** The first of them, as a row of the file, and how many there are. */
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
}

export class ValidatingThread implements Validator {
  private readonly words = new Int32Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private asked = 0;
  private done = 0;
  private fault: unknown = null;
  /** Called with every sign of the thread. */
  private heard: () => void = () => undefined;

  constructor(rows: ValidationRows, plan: ValidationPlan) {
    this.worker = new Worker(program, {
      eval: true,
      workerData: { ...rows, plan, mailbox: this.words.buffer },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    this.worker.on('message', (done: number) => {
      this.done = done;
      this.heard();
    });
    const fail = (fault: unknown): void => {
      this.fault ??= fault;
      this.heard();
    };
    this.worker.on('error', fail);
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', () => {
        fail(new Error('the thread that validates has ended'));
        resolve();
      });
    });
  }

  begin(): void {
    this.asked += 1;
    Atomics.store(this.words, askedWord, this.asked); // Without a notify, on purpose.
  }

  async finished(): Promise<void> {
    while (this.done < this.asked && this.fault === null) {
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
    if (this.fault !== null) throw this.fault;
  }

  /** Ends it, after the stretch of rows at hand. */
  async close(): Promise<void> {
    Atomics.store(this.words, endWord, 1);
    await this.ended;
  }
}
