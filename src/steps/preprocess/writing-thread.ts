/**
 * A thread that writes pieces of the kernel's memory to a file, and makes them where nobody has, while the thread that
 * asks hashes them.
 *
 * Like the one that reads in ../train/reading-thread.ts it is never woken: it looks for requests by itself, in naps.
 * Waking a thread a piece costs more than making the piece, and the process's own pool has to be woken, too.
 */
import { Worker } from 'node:worker_threads';
import { toAppError } from '../../contract/errors.js';
import type { TableKernel } from './kernels/table-kernel.js';
import type { KernelPiece } from './pieces.js';

/** Pieces that wait, or are being made, written or hashed, at a time. */
export const mostUnwritten = 12;
/** Words of the mailbox; from byte 16 on, five doubles a request. */
const words = { asked: 0, written: 1, ending: 2, fd: 3 } as const;
const requestsByte = 16;
const requestDoubles = 5;
const napMs = 0.05;
/** Naps after which the caller lets others have its thread, and hears of a failure. */
const napsAtOnce = 40;

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { module, memory, crew, mailbox } = workerData;
const { help } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const words = new Int32Array(mailbox, 0, 4);
const requests = new Float64Array(mailbox, ${requestsByte});
const nap = () => Atomics.wait(words, ${words.asked}, Atomics.load(words, ${words.asked}), ${napMs});
const serve = (position, offset, length, doneAt, task) => {
  while (Atomics.load(new Int32Array(memory.buffer, doneAt, 1), 0) <= task) if (help(crew, 0) === 0) nap();
  const bytes = new Uint8Array(memory.buffer, offset, length);
  const fd = Atomics.load(words, ${words.fd});
  for (let at = 0; at < length; ) at += writeSync(fd, bytes, at, length - at, position + at);
};
try {
  for (let done = 0; Atomics.load(words, ${words.ending}) === 0; ) {
    if (Atomics.load(words, ${words.asked}) === done) {
      nap();
      continue;
    }
    serve(...requests.subarray((done % ${mostUnwritten}) * ${requestDoubles}, (done % ${mostUnwritten} + 1) * ${requestDoubles}));
    done += 1;
    Atomics.store(words, ${words.written}, done);
  }
} catch ({ message, code }) {
  parentPort.postMessage({ message, code });
}
`;

export class WritingThread {
  private readonly mailbox = new SharedArrayBuffer(requestsByte + mostUnwritten * requestDoubles * 8);
  private readonly words = new Int32Array(this.mailbox, 0, 4);
  private readonly requests = new Float64Array(this.mailbox, requestsByte);
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private asked = 0;
  private fault: unknown = null;

  /** @param kernel whose memory the pieces lie in; tasks that wait in its queue, the thread does as well */
  constructor(kernel: TableKernel) {
    this.worker = new Worker(program, {
      eval: true,
      workerData: { ...kernel.plan, mailbox: this.mailbox },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    this.worker.unref();
    const fail = (fault: unknown): void => {
      this.fault ??= fault;
    };
    this.worker.on('message', ({ message, code }) => fail(Object.assign(new Error(message), { code })));
    this.worker.on('error', fail);
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', () => {
        fail(new Error('the thread that writes has ended'));
        resolve();
      });
    });
  }

  /** The file to write to, which stays open until `close` has resolved. To be called before `write`. */
  open(fd: number): void {
    Atomics.store(this.words, words.fd, fd);
  }

  /** Asks for a piece to be written at a position of the file. No more than `mostUnwritten` may be unwritten. */
  write({ task, doneAt, features }: KernelPiece, position: number): void {
    const slot = (this.asked % mostUnwritten) * requestDoubles;
    this.requests.set([position, features.byteOffset, features.byteLength, doneAt, task], slot);
    this.asked += 1;
    Atomics.store(this.words, words.asked, this.asked); // Without a notify, on purpose.
  }

  /** Waits until at most so many pieces are unwritten. @throws AppError `STORAGE_FULL`, `STORAGE_UNAVAILABLE` */
  async unwritten(most: number): Promise<void> {
    for (let naps = 1; ; naps++) {
      if (this.fault !== null) throw toAppError(this.fault);
      const written = Atomics.load(this.words, words.written);
      if (this.asked - written <= most) return;
      if (naps % napsAtOnce === 0) await new Promise(setImmediate);
      else Atomics.wait(this.words, words.written, written, napMs);
    }
  }

  /** Ends it, once the piece at hand is written. */
  async close(): Promise<void> {
    Atomics.store(this.words, words.ending, 1);
    this.worker.ref();
    await this.ended;
  }
}
