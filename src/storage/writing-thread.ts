/**
 * A thread that hashes and writes the pieces of one large file, so that the thread which receives them does nothing
 * else with them than copy them into a ring in shared memory.
 *
 * Neither thread waits for the other in a way that costs much: while bytes come fast the writing thread looks for the
 * next piece in naps and is never woken (a thread that is woken takes the core of the one that wakes it); after some
 * naps in vain it sleeps until it is woken. The receiving thread never blocks: when the ring is full it asks for a
 * message, sent when half of it is free.
 *
 * The states of the thread: starting, until it says that it is ready; waiting for `begin`; writing; ended, with the
 * hash, with a fault, or because nothing more is wanted of it. What it was told to end without is dropped. Once it has
 * said that it ended, or has exited, it does not touch the file again.
 */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type PieceWriter, pieceBytes } from './piece-writer.js';

/** Places of the ring, each of `pieceBytes`. */
const pieces = 16;

/**
 * Words of the mailbox: rung with every change that the writing thread must see; 1 while it must be woken to see it;
 * pieces filled, and of these written, in all; with how many written the receiving thread wants to hear of it (0:
 * not); how it shall go on; from `lengthsWord` on, bytes in each place of the ring.
 */
const bellWord = 0;
const asleepWord = 1;
const filledWord = 2;
const writtenWord = 3;
const wantedWord = 4;
const courseWord = 5;
const lengthsWord = 6;
const words = lengthsWord + pieces;

/** What stands in `courseWord`: wait for the word to begin; write what comes; write what is there, and end; end at once. */
const held = 0;
const writing = 1;
const finishing = 2;
const dropping = 3;

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { readSync, writeSync } = require('node:fs');
const { fd, ring, mailbox } = workerData;
const words = new Int32Array(mailbox);
const places = Array.from({ length: ${pieces} }, (_, i) => new Uint8Array(ring, i * ${pieceBytes}, ${pieceBytes}));
const hash = createHash('sha256');
function hashWritten() {
  const piece = Buffer.allocUnsafeSlow(${pieceBytes});
  for (let at = 0; ; ) {
    const got = readSync(fd, piece, 0, piece.byteLength, at);
    if (got === 0) return;
    hash.update(piece.subarray(0, got));
    at += got;
  }
}
function write(bytes) {
  hash.update(bytes);
  for (let at = 0; at < bytes.byteLength; ) at += writeSync(fd, bytes, at, bytes.byteLength - at);
}
/** Until the bell is rung again; the first naps are short. */
function wait(rung, naps) {
  if (naps < 50) return void Atomics.wait(words, ${bellWord}, rung, 0.3);
  Atomics.store(words, ${asleepWord}, 1);
  Atomics.wait(words, ${bellWord}, rung);
  Atomics.store(words, ${asleepWord}, 0);
}
function serve() {
  let begun = false;
  for (let written = 0, naps = 0; ; ) {
    const rung = Atomics.load(words, ${bellWord});
    const course = Atomics.load(words, ${courseWord});
    if (course === ${dropping}) return null;
    if (!begun && course !== ${held}) {
      hashWritten();
      begun = true;
    }
    if (begun && written < Atomics.load(words, ${filledWord})) {
      const place = written % ${pieces};
      write(places[place].subarray(0, words[${lengthsWord} + place]));
      Atomics.store(words, ${writtenWord}, ++written);
      naps = 0;
      const wanted = Atomics.load(words, ${wantedWord});
      // Taken back by whoever found room meanwhile: then it is not ours to clear.
      if (wanted !== 0 && written >= wanted && Atomics.compareExchange(words, ${wantedWord}, wanted, 0) === wanted) {
        parentPort.postMessage({ kind: 'room' });
      }
    } else if (course === ${finishing}) return hash.digest('hex');
    else wait(rung, naps++);
  }
}
parentPort.postMessage({ kind: 'ready' });
try {
  parentPort.postMessage({ kind: 'ended', sha256: serve() });
} catch (fault) {
  parentPort.postMessage({ kind: 'fault', message: fault.message, code: fault.code });
}
`;

type Sign =
  | { kind: 'ready' | 'room' }
  | { kind: 'ended'; sha256: string | null }
  | { kind: 'fault'; message: string; code?: string };

/** So many at once; a file beyond them is written by the thread that receives it. */
const mostThreads = Math.min(4, availableParallelism());
let running = 0;

export class WritingThread implements PieceWriter {
  private readonly ring = new SharedArrayBuffer(pieces * pieceBytes);
  private readonly mailbox = new Int32Array(new SharedArrayBuffer(words * 4));
  private readonly worker: Worker;
  private isReady = false;
  private begun = false;
  private over = false;
  private sha256: string | null = null;
  private fault: Error | null = null;
  /** Pieces handed over, and bytes in the one that is being filled. */
  private filled = 0;
  private taken = 0;
  /** Called with every sign of the thread. */
  private heard: () => void = () => undefined;

  /**
   * @param fd a file open for reading and writing, until `settled` has resolved
   * @returns null while as many threads run as may, or when the system gives no more
   */
  static start(fd: number): WritingThread | null {
    if (running >= mostThreads) return null;
    try {
      return new WritingThread(fd);
    } catch {
      return null;
    }
  }

  private constructor(fd: number) {
    this.worker = new Worker(program, {
      eval: true,
      workerData: { fd, ring: this.ring, mailbox: this.mailbox.buffer },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    running += 1;
    // What keeps the process is the source, and whoever waits for this thread.
    this.worker.unref();
    this.worker.on('message', (sign: Sign) => this.hear(sign));
    this.worker.on('error', (fault: Error) => {
      this.fault ??= fault;
    });
    this.worker.once('exit', () => {
      running -= 1;
      this.over = true;
      this.heard();
    });
  }

  /** Whether it waits for `begin`; never so when it could not be started. */
  get isWaiting(): boolean {
    return this.isReady && !this.begun && !this.over;
  }

  /** Goes on with a file of which a part is there, from its end: that part is read for the hash. */
  begin(): void {
    this.begun = true;
    this.tell(writing);
  }

  get isFull(): boolean {
    return this.taken === pieceBytes;
  }

  get writtenBytes(): number {
    return Atomics.load(this.mailbox, writtenWord) * pieceBytes;
  }

  take(chunk: Uint8Array, from: number): number {
    const count = Math.min(chunk.byteLength - from, pieceBytes - this.taken);
    const place = (this.filled % pieces) * pieceBytes;
    new Uint8Array(this.ring, place + this.taken, count).set(chunk.subarray(from, from + count));
    this.taken += count;
    return count;
  }

  async write(): Promise<void> {
    this.handOver();
    if (this.over) throw this.lost();
    if (this.hasRoom(1)) {
      // Nothing else makes a fast source pause, and the event loop has others to serve: without, late by 14 ms (p99)
      // in place of 7.5, and no faster.
      await setImmediate();
      return;
    }
    Atomics.store(this.mailbox, wantedWord, this.filled - pieces / 2);
    // Looked at again after it was asked for: the thread may have come so far in between.
    await this.until(() => this.over || this.hasRoom(pieces / 2));
    Atomics.store(this.mailbox, wantedWord, 0);
    if (this.over) throw this.lost();
  }

  async finish(): Promise<string> {
    this.handOver();
    this.tell(finishing);
    await this.until(() => this.over);
    if (this.sha256 === null) throw this.lost();
    return this.sha256;
  }

  async settled(): Promise<void> {
    if (this.over) return;
    this.tell(dropping);
    // One that has not begun finds that nothing is wanted of it before it touches the file.
    if (this.begun) await this.until(() => this.over);
  }

  private hear(sign: Sign): void {
    if (sign.kind === 'ready') this.isReady = true;
    if (sign.kind === 'fault') this.fault = Object.assign(new Error(sign.message), { code: sign.code });
    if (sign.kind === 'ended') this.sha256 = sign.sha256;
    if (sign.kind === 'fault' || sign.kind === 'ended') this.over = true;
    this.heard();
  }

  private lost(): Error {
    return this.fault ?? new Error('the thread that writes has ended early');
  }

  private hasRoom(places: number): boolean {
    return this.filled - Atomics.load(this.mailbox, writtenWord) <= pieces - places;
  }

  private handOver(): void {
    if (this.taken === 0) return;
    this.mailbox[lengthsWord + (this.filled % pieces)] = this.taken;
    this.taken = 0;
    this.filled += 1;
    Atomics.store(this.mailbox, filledWord, this.filled);
    this.ringBell();
  }

  private tell(course: number): void {
    Atomics.store(this.mailbox, courseWord, course);
    this.ringBell();
  }

  private ringBell(): void {
    Atomics.add(this.mailbox, bellWord, 1);
    if (Atomics.load(this.mailbox, asleepWord) === 1) Atomics.notify(this.mailbox, bellWord);
  }

  /** Waits for a sign after which something holds; the process lives on meanwhile. */
  private async until(holds: () => boolean): Promise<void> {
    this.worker.ref();
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
    this.worker.unref();
  }
}
