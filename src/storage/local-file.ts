/** Files on this machine's disks, with their faults as errors of the contract. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../contract/errors.js';

const readChunkBytes = 256 * 1024;

export interface HashedFile {
  sizeBytes: number;
  sha256: string;
}

/** The parts of a name. Names come from our own code; one that leads elsewhere is a fault of it, and goes no further. */
export function partsOf(name: string): string[] {
  const parts = name.split('/');
  const plain = parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(part));
  if (!plain || name.length > 500) throw new AppError('FILE_NOT_FOUND', { path: name });
  return parts;
}

/**
 * Writes a new file, hashing it. Small chunks are joined: a write each would cost more than its bytes, and the source
 * would wait for every one. One piece is written while the next one comes in.
 * @param durable forced to the disk before it counts as written
 */
export async function writePart(
  part: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { durable }: { durable: boolean },
): Promise<HashedFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await storing(() => open(part, 'wx'));
  const writer = new PieceWriter(handle, durable);
  try {
    for await (const chunk of source) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      for (let from = 0; from < chunk.byteLength; ) {
        from += writer.take(chunk, from);
        if (writer.isFull) await storing(() => writer.write());
      }
    }
    await storing(() => writer.finish());
  } finally {
    await writer.settled();
    await handle.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Small enough to stay in a processor's cache between the copy, the hash and the write. */
const pieceBytes = 1 << 18;
/** So much is written before the disk is told to take it: then the last wait, for all that is left, is short. */
const syncBytes = 32 << 20;

/** Fills one buffer while another one is written. */
class PieceWriter {
  #filling = Buffer.allocUnsafeSlow(pieceBytes);
  #written = Buffer.alloc(0);
  #filled = 0;
  #unsynced = 0;
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> | null = null;
  #syncFault: unknown = null;

  constructor(
    private readonly handle: FileHandle,
    private readonly durable: boolean,
  ) {}

  get isFull(): boolean {
    return this.#filled === pieceBytes;
  }

  /** Takes bytes of a chunk from `from` on; answers how many found room. */
  take(chunk: Uint8Array, from: number): number {
    const count = Math.min(chunk.byteLength - from, pieceBytes - this.#filled);
    this.#filling.set(chunk.subarray(from, from + count), this.#filled);
    this.#filled += count;
    return count;
  }

  /** Begins to write what was taken, once the piece before is written. */
  async write(): Promise<void> {
    await this.#writing;
    const piece = this.#filling.subarray(0, this.#filled);
    this.#filling = this.#written.byteLength === 0 ? Buffer.allocUnsafeSlow(pieceBytes) : this.#written;
    this.#written = Buffer.from(piece.buffer);
    this.#filled = 0;
    this.#writing = writeWhole(this.handle, piece);
    // Whoever waits for it next hears of a fault.
    this.#writing.catch(() => {});
    this.#unsynced += piece.byteLength;
    if (this.durable && this.#unsynced >= syncBytes && this.#syncing === null) this.#syncAhead();
  }

  async finish(): Promise<void> {
    await this.write();
    await this.#writing;
    await this.#syncing;
    // The system tells of a fault once: the sync at the end would know nothing of it.
    if (this.#syncFault !== null) throw this.#syncFault;
    if (this.durable) await this.handle.sync();
  }

  /** Nothing of it is under way any more; never rejects. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#syncing;
  }

  #syncAhead(): void {
    this.#unsynced = 0;
    this.#syncing = this.handle.datasync().then(
      () => {
        this.#syncing = null;
      },
      (fault: unknown) => {
        this.#syncFault = fault;
      },
    );
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

/**
 * Size and hash of a file.
 * @param durable forced to the disk
 * @param hashed what is known of it: taken over where the size is right, so that it need not be read
 */
export async function hashFile(
  path: string,
  { durable, hashed }: { durable: boolean; hashed?: HashedFile | undefined },
): Promise<HashedFile> {
  const handle = await storing(() => open(path, durable ? 'r+' : 'r'), path);
  try {
    const known = hashed !== undefined && (await handle.stat()).size === hashed.sizeBytes ? hashed : null;
    const found = known ?? (await hashWhole(handle));
    if (durable) await storing(() => handle.sync());
    return found;
  } finally {
    await handle.close();
  }
}

async function hashWhole(handle: FileHandle): Promise<HashedFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const highWaterMark = Math.min(readChunkBytes, Math.max(1, (await handle.stat()).size));
  for await (const chunk of handle.createReadStream({ highWaterMark, autoClose: false })) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

export async function* readChunks(
  path: string,
  range: { start: number; length: number } | undefined,
  name: string,
): AsyncGenerator<Uint8Array> {
  const handle = await storing(() => open(path, 'r'), name);
  try {
    if (range?.length === 0) return;
    const end = range === undefined ? undefined : range.start + range.length - 1;
    const start = range?.start ?? 0;
    yield* handle.createReadStream({ start, end, highWaterMark: readChunkBytes, autoClose: false });
  } finally {
    await handle.close();
  }
}

/** Runs an operation of the file system; its faults become errors of the contract. */
export async function storing<Result>(operation: () => Promise<Result>, name?: string): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    if (name !== undefined && ['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '')) {
      throw new AppError('FILE_NOT_FOUND', { path: name }, { cause: thrown });
    }
    throw toStorageError(thrown);
  }
}

export function toStorageError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = systemCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('STORAGE_FULL', {}, { cause: thrown });
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('STORAGE_UNAVAILABLE', { detail }, { cause: thrown });
}

export function systemCode(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}
