/** Files on this machine's disks, with their faults as errors of the contract. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../contract/errors.js';
import { PartWriter } from './part-writer.js';

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
 * Writes a new file, hashing it. The first megabytes are hashed and written by the thread that receives them; what
 * follows by a thread of its own, once that has started, if not too many run.
 * @param durable forced to the disk before it counts as written
 */
export async function writePart(
  part: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { durable }: { durable: boolean },
): Promise<HashedFile> {
  // Read too: the other thread hashes what is there when it begins.
  const handle = await storing(() => open(part, 'wx+'));
  const writer = new PartWriter(handle, durable);
  let sizeBytes = 0;
  try {
    for await (const chunk of source) {
      sizeBytes += chunk.byteLength;
      for (let from = 0; from < chunk.byteLength; ) {
        from += writer.take(chunk, from);
        if (writer.isFull) await storing(() => writer.write());
      }
    }
    return { sizeBytes, sha256: await storing(() => writer.finish()) };
  } finally {
    await writer.settled();
    await handle.close();
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
