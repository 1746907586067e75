/**
 * A thread that helps to train a linear model on a laid file: it reads pieces of training rows before they are visited,
 * and scores the validation rows.
 *
 * What it scores are the same calls for the same stretches as `LinearPieceKernel.validate`, so the same numbers whoever
 * does it: the thread that trains takes what is left when it is through. Nobody waits for a piece: one that is not there
 * when it is due is read by the thread that trains. Like the thread of
 * ./reading-thread.ts this one is never woken: it looks for work in naps.
 */
import { Worker } from 'node:worker_threads';
import type { Aide, AidePlan } from '../../learn/index.js';
import { FasterWay } from './faster-way.js';

/** Words of the mailbox: passes asked for; of the last of them 1 if it scores, 1 if pieces are read ahead; 1 to end. */
const askedWord = 0;
const scoresWord = 1;
const readsWord = 2;
const endWord = 3;

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { readSync } = require('node:fs');
const { fd, laid, trainRows, validationRows, columns, mailbox, plan } = workerData;
const { module, memory, pieceRows, stretchRows, kept, ahead } = plan;
const rowBytes = columns * 8;
const words = new Int32Array(mailbox);
const power = (t, exponent) => t ** exponent;
const kernels = new WebAssembly.Instance(module, { env: { memory }, host: { power } }).exports;
const score = plan.logistic ? kernels.scoreLogistic : kernels.scoreHinge;
const visits = new Int32Array(memory.buffer, plan.words, 2 + ahead.length);
const places = ahead.map(({ x, codes }) => ({
  bytes: new Uint8Array(memory.buffer, x, pieceRows * rowBytes),
  codes: new Int32Array(memory.buffer, codes, pieceRows),
}));
const validated = new Uint8Array(memory.buffer, plan.x, pieceRows * rowBytes);
const codes = new Int32Array(memory.buffer, plan.codes, stretchRows);
const stretches = Math.ceil(validationRows / stretchRows);
const sums = new Float64Array(memory.buffer, plan.sums, 2 * stretches);
const isEnding = () => Atomics.load(words, ${endWord}) !== 0;
function read(into, row, count) {
  const length = count * rowBytes;
  for (let at = 0; at < length; ) {
    const got = readSync(fd, into, at, length - at, row * rowBytes + at);
    if (got === 0) throw new Error('the file ends within row ' + row);
    at += got;
  }
}
function readPiece(piece) {
  const place = piece % places.length;
  const from = piece * pieceRows;
  const count = Math.min(pieceRows, trainRows - from);
  read(places[place].bytes, from, count);
  places[place].codes.set(laid.subarray(from, from + count));
  Atomics.store(visits, 2 + place, piece + 1);
}
/** Decides the piece of validation rows from this one on, if nobody else has its stretch; at the end of a stretch scores it. */
function validate(row) {
  const from = row - (row % stretchRows);
  if (row === from && Atomics.add(visits, 1, 1) >= stretches) return validationRows;
  const to = Math.min(validationRows, from + stretchRows);
  const count = Math.min(pieceRows, to - row);
  read(validated, trainRows + row, count);
  kernels.decide(plan.x, count, columns, plan.coef, plan.intercept, 1, plan.decisions + 8 * (row - from));
  if (row + count < to) return row + count;
  codes.set(laid.subarray(trainRows + from, trainRows + to));
  const at = 2 * (from / stretchRows);
  sums[at + 1] = score(plan.decisions, plan.codes, to - from, 1);
  sums[at] = kernels.hits();
  return to;
}
function pass(pieces, row) {
  for (let piece = 0; !isEnding(); ) {
    const visited = Math.max(kept - 1, Atomics.load(visits, 0));
    piece = Math.max(piece, visited + 1);
    if (piece < pieces && piece - visited < places.length) readPiece(piece++);
    else if (row < validationRows) row = validate(row);
    else if (piece >= pieces) return;
    else Atomics.wait(words, ${endWord}, 0, 0.05);
  }
}
for (let done = 0; !isEnding(); ) {
  if (Atomics.load(words, ${askedWord}) === done) Atomics.wait(words, ${askedWord}, done, 0.3);
  else {
    const reads = Atomics.load(words, ${readsWord}) && places.length > 0;
    pass(reads ? Math.ceil(trainRows / pieceRows) : 0, Atomics.load(words, ${scoresWord}) ? 0 : validationRows);
    done += 1;
    parentPort.postMessage(done);
  }
}
`;

/** The rows of a laid file: those that train, then those that validate. */
export interface AidedRows {
  /** Open for reading until `close` has resolved. */
  readonly fd: number;
  /** The class of each row of the file, in shared memory. */
  readonly laid: Uint8Array;
  readonly trainRows: number;
  readonly validationRows: number;
  readonly columns: number;
}

export class AidingThread implements Aide {
  private readonly words = new Int32Array(new SharedArrayBuffer(16));
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  /** Pieces are read ahead, or each by the thread that visits it: with some processors that is faster. */
  private readonly ways = new FasterWay();
  private begun = 0;
  private asked = 0;
  private done = 0;
  private fault: unknown = null;
  /** Called with every sign of the thread. */
  private heard: () => void = () => undefined;

  constructor(rows: AidedRows, plan: AidePlan) {
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
        fail(new Error('the thread that helps has ended'));
        resolve();
      });
    });
  }

  begin(scores: boolean): void {
    this.asked += 1;
    Atomics.store(this.words, scoresWord, Number(scores));
    Atomics.store(this.words, readsWord, Number(this.ways.next() === 'first'));
    this.begun = performance.now();
    Atomics.store(this.words, askedWord, this.asked); // Without a notify, on purpose.
  }

  async finished(): Promise<void> {
    while (this.done < this.asked && this.fault === null) {
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
    if (this.fault !== null) throw this.fault;
    this.ways.took(performance.now() - this.begun);
  }

  /** Ends it, after the piece at hand. */
  async close(): Promise<void> {
    Atomics.store(this.words, endWord, 1);
    await this.ended;
  }
}
