/**
 * A thread that reads a file into shared memory, while the thread that asks computes.
 *
 * The process's own pool could read as well, but the thread that asks would pay for it: the system puts a thread that
 * is woken on the core of the one that wakes it, in its place (measured: the pass over a table waits for all of its
 * reads, on a machine with an idle core). So this thread is never woken. It looks for requests by itself, in naps
 * that grow while there are none, and stays on the core that it has found.
 */
import { Worker } from 'node:worker_threads';

/** Requests that wait or are being answered at a time, at most. */
const mostRequests = 8;
/** Words of the mailbox: requests made, 1 to end; from byte 16 on, three doubles a request. */
const askedWord = 0;
const endWord = 1;
const requestsByte = 16;

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { readSync } = require('node:fs');
const { fd, memory, mailbox } = workerData;
const words = new Int32Array(mailbox, 0, 4);
const requests = new Float64Array(mailbox, ${requestsByte});
const shortestMs = 0.05;
const longestMs = 0.3;
let nap = shortestMs;
for (let done = 0; Atomics.load(words, ${endWord}) === 0; ) {
  if (Atomics.load(words, ${askedWord}) === done) {
    Atomics.wait(words, ${askedWord}, done, nap);
    nap = Math.min(longestMs, nap * 1.5);
    continue;
  }
  nap = shortestMs;
  const [position, offset, length] = requests.subarray((done % ${mostRequests}) * 3);
  let fault = null;
  try {
    const bytes = new Uint8Array(memory, offset, length);
    for (let at = 0; at < length; ) {
      const count = readSync(fd, bytes, at, length - at, position + at);
      if (count === 0) throw new Error('the file ends at byte ' + (position + at));
      at += count;
    }
  } catch (error) {
    fault = error;
  }
  done += 1;
  parentPort.postMessage(fault);
}
`;

interface Waiting {
  resolve(): void;
  reject(fault: unknown): void;
}

export class ReadingThread {
  private readonly mailbox = new SharedArrayBuffer(requestsByte + mostRequests * 24);
  private readonly words = new Int32Array(this.mailbox, 0, 4);
  private readonly requests = new Float64Array(this.mailbox, requestsByte);
  private readonly waiting: Waiting[] = [];
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private asked = 0;

  /** @param fd an open file, which stays open until `close` has resolved */
  constructor(
    fd: number,
    private readonly memory: SharedArrayBuffer,
  ) {
    this.worker = new Worker(program, {
      eval: true,
      workerData: { fd, memory, mailbox: this.mailbox },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    this.worker.on('message', (fault: unknown) => {
      const first = this.waiting.shift();
      if (fault === null) first?.resolve();
      else first?.reject(fault);
    });
    const fail = (fault: unknown): void => {
      for (const { reject } of this.waiting.splice(0)) reject(fault);
    };
    this.worker.on('error', fail);
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', () => {
        fail(new Error('the thread that reads has ended'));
        resolve();
      });
    });
  }

  /** Whether it can fill these numbers. */
  reaches({ buffer }: Float64Array): boolean {
    return buffer === this.memory;
  }

  /** Fills numbers of the shared memory from a position of the file on. @throws what the read throws */
  read(values: Float64Array, position: number): Promise<void> {
    if (this.waiting.length === mostRequests) throw new RangeError('too many reads at a time');
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.requests.set([position, values.byteOffset, values.byteLength], (this.asked % mostRequests) * 3);
      this.asked += 1;
      Atomics.store(this.words, askedWord, this.asked); // Without a notify, on purpose.
    });
  }

  /** Ends it, once the read at hand is done. */
  async close(): Promise<void> {
    Atomics.store(this.words, endWord, 1);
    await this.ended;
  }
}
