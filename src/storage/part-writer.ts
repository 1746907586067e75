/** Writes one new file, whatever its size: who writes it, and when the disk is told to take it. */
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type PieceWriter, PooledWriter } from './piece-writer.js';
import { WritingThread } from './writing-thread.js';

/** From here on a file has a thread of its own: a smaller one is there before the thread is. */
const threadFromBytes = 8 << 20;
/** One processor would only change between the two: no faster, and the event loop is later. */
const mayHaveThread = availableParallelism() > 1;

export class PartWriter {
  readonly #pooled: PooledWriter;
  readonly #handle: FileHandle;
  readonly #disk: SyncedAhead | null;
  /** Undefined: not looked for yet; null: there is none to be had. */
  #thread: WritingThread | null | undefined;
  #writer: PieceWriter;

  constructor(handle: FileHandle, durable: boolean) {
    this.#handle = handle;
    this.#disk = durable ? new SyncedAhead(handle) : null;
    this.#pooled = new PooledWriter(handle);
    this.#writer = this.#pooled;
  }

  get isFull(): boolean {
    return this.#writer.isFull;
  }

  take(chunk: Uint8Array, from: number): number {
    return this.#writer.take(chunk, from);
  }

  async write(): Promise<void> {
    if (this.#writer === this.#pooled) await this.#choose();
    await this.#writer.write();
    this.#disk?.holds(this.#pooled.writtenBytes + (this.#thread?.writtenBytes ?? 0));
  }

  async finish(): Promise<string> {
    const sha256 = await this.#writer.finish();
    await this.#disk?.finish();
    return sha256;
  }

  async settled(): Promise<void> {
    await this.#pooled.settled();
    await this.#thread?.settled();
    await this.#disk?.settled();
  }

  /** Starts the thread when the file has become large, and goes over to it when it is there. */
  async #choose(): Promise<void> {
    if (this.#thread === undefined && mayHaveThread && this.#pooled.writtenBytes >= threadFromBytes) {
      this.#thread = WritingThread.start(this.#handle.fd);
    } else if (this.#thread?.isWaiting === true) {
      await this.#pooled.flush();
      this.#thread.begin();
      this.#writer = this.#thread;
    }
  }
}

/** So much is written before the disk is told to take it: then the last wait, for all that is left, is short. */
const syncBytes = 32 << 20;

class SyncedAhead {
  #syncedBytes = 0;
  #syncing: Promise<void> | null = null;
  #fault: unknown = null;

  constructor(private readonly handle: FileHandle) {}

  /** So much of the file is written, or about to be. */
  holds(bytes: number): void {
    if (this.#syncing !== null || bytes - this.#syncedBytes < syncBytes) return;
    this.#syncedBytes = bytes;
    this.#syncing = this.handle.datasync().then(
      () => {
        this.#syncing = null;
      },
      (fault: unknown) => {
        this.#fault = fault;
      },
    );
  }

  async finish(): Promise<void> {
    await this.#syncing;
    // The system tells of a fault once: the sync at the end would know nothing of it.
    if (this.#fault !== null) throw this.#fault;
    await this.handle.sync();
  }

  async settled(): Promise<void> {
    await this.#syncing;
  }
}
