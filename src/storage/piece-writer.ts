/** Writes a file in pieces: small chunks are joined, since a write each would cost more than its bytes. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Small enough to stay in a processor's cache between the copy, the hash and the write. */
export const pieceBytes = 1 << 18;

/** Where the bytes of a new file go. */
export interface PieceWriter {
  /** Whether nothing can be taken before `write`. */
  readonly isFull: boolean;
  /** Takes bytes of a chunk from `from` on; answers how many found room. */
  take(chunk: Uint8Array, from: number): number;
  /**
   * Begins to write what was taken; resolves when there is room for more.
   * @throws what went wrong with this piece or one before it
   */
  write(): Promise<void>;
  /** Bytes of which the writing has begun. */
  readonly writtenBytes: number;
  /** Writes what was taken; resolves with the SHA-256 of the file when the system has all of it. */
  finish(): Promise<string>;
  /** Drops what is not written; resolves when the file is not touched any more. Never rejects. */
  settled(): Promise<void>;
}

/** Hashes here and writes through the process's thread pool: fills one buffer while another one is written. */
export class PooledWriter implements PieceWriter {
  #hash = createHash('sha256');
  #filling = Buffer.allocUnsafeSlow(pieceBytes);
  #written = Buffer.alloc(0);
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  writtenBytes = 0;

  constructor(private readonly handle: FileHandle) {}

  get isFull(): boolean {
    return this.#filled === pieceBytes;
  }

  take(chunk: Uint8Array, from: number): number {
    const count = Math.min(chunk.byteLength - from, pieceBytes - this.#filled);
    this.#filling.set(chunk.subarray(from, from + count), this.#filled);
    this.#filled += count;
    return count;
  }

  async write(): Promise<void> {
    const piece = this.#filling.subarray(0, this.#filled);
    this.#hash.update(piece);
    await this.#writing;
    this.#filling = this.#written.byteLength === 0 ? Buffer.allocUnsafeSlow(pieceBytes) : this.#written;
    this.#written = Buffer.from(piece.buffer);
    this.#filled = 0;
    this.writtenBytes += piece.byteLength;
    this.#writing = writeWhole(this.handle, piece);
    // Whoever waits for it next hears of a fault.
    this.#writing.catch(() => {});
  }

  /** Writes what was taken; resolves when the system has it, and more may be written behind it. */
  async flush(): Promise<void> {
    await this.write();
    await this.#writing;
  }

  async finish(): Promise<string> {
    await this.flush();
    return this.#hash.digest('hex');
  }

  async settled(): Promise<void> {
    await this.#writing.catch(() => {});
  }
}

/** A full disk may take a part of the bytes before it says so. */
async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.byteLength - written);
    written += bytesWritten;
  }
}
