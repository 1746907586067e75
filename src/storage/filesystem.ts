/**
 * Files in a directory: this machine's own, or one that several machines share.
 *
 * A file is written under a temporary name beside the others, forced to the disk, and then renamed, so that a name
 * shows a whole file or none, whatever happens to the process.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, mkdtemp, open, opendir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { AppError, toAppError } from '../contract/errors.js';
import type { Files } from '../engine/ports.js';
import { newPartName, partsFolder, scratchFolder, scratchPrefix, sweepLeftovers } from './leftovers.js';

const readChunkBytes = 256 * 1024;

/** @param directory made when it is first used */
export function createFileStorage(directory: string): Files {
  const root = resolve(directory);
  let ready: Promise<void> | null = null;
  const prepare = (): Promise<void> => {
    ready ??= makeFolders(root).catch((thrown: unknown) => {
      ready = null;
      throw toStorageError(thrown);
    });
    return ready;
  };

  const write: Files['write'] = async (name, source) => {
    if (typeof name === 'string') pathOf(root, name);
    await prepare();
    const part = join(root, partsFolder, newPartName());
    try {
      const { sizeBytes, sha256 } = await writePart(part, source);
      const chosen = typeof name === 'string' ? name : name(sha256);
      await publish(part, pathOf(root, chosen));
      return { name: chosen, sizeBytes, sha256 };
    } catch (thrown) {
      await unlink(part).catch(() => {});
      throw thrown;
    }
  };

  return {
    write,
    async adopt(name, localPath) {
      const target = pathOf(root, name);
      await prepare();
      const { sizeBytes, sha256 } = await hashFile(localPath);
      const moved = await storing(() => publish(localPath, target)).catch((error: AppError) => {
        if (systemCode(error.cause) === 'EXDEV') return 'other device' as const;
        throw error;
      });
      if (moved !== 'other device') return { name, sizeBytes, sha256 };
      const written = await write(name, readChunks(localPath, undefined, localPath));
      await unlink(localPath).catch(() => {});
      return written;
    },
    read(name, range) {
      return Readable.from(readChunks(pathOf(root, name), range, name), { objectMode: false });
    },
    async localPath(name) {
      const path = pathOf(root, name);
      await storing(() => stat(path), name);
      return path;
    },
    async stat(name) {
      try {
        const { size, mtime } = await storing(() => stat(pathOf(root, name)), name);
        return { sizeBytes: size, modifiedAt: mtime };
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === 'FILE_NOT_FOUND') return null;
        throw thrown;
      }
    },
    async remove(name) {
      const path = pathOf(root, name);
      await storing(() => rm(path, { force: true }));
      await removeEmptyFolders(root, dirname(path));
    },
    list: (prefix) => listFiles(root, prefix),
    async scratch(label) {
      await prepare();
      const safe = label.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 80);
      return storing(() => mkdtemp(join(root, scratchFolder, `${scratchPrefix()}${safe}-`)));
    },
    async check() {
      try {
        await prepare();
        const part = join(root, partsFolder, newPartName());
        await writePart(part, [new Uint8Array([1])]);
        await unlink(part);
        return { ok: true, detail: root };
      } catch (thrown) {
        return { ok: false, detail: `${root}: ${toAppError(thrown).message}` };
      }
    },
  };
}

async function makeFolders(root: string): Promise<void> {
  await mkdir(join(root, partsFolder), { recursive: true });
  await mkdir(join(root, scratchFolder), { recursive: true });
  await sweepLeftovers(root);
}

/** Where a name lies. Names come from our own code; one that leads elsewhere is a fault of it, and goes no further. */
function pathOf(root: string, name: string): string {
  const parts = name.split('/');
  const plain = parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(part));
  if (!plain || name.length > 500) throw new AppError('FILE_NOT_FOUND', { path: name });
  return join(root, ...parts);
}

async function writePart(
  part: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await storing(() => open(part, 'wx'));
  try {
    for await (const chunk of source) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      await storing(() => writeWhole(handle, chunk));
    }
    await storing(() => handle.sync());
  } finally {
    await handle.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** A full disk may take a part of the bytes before it says so. */
async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.byteLength - written);
    written += bytesWritten;
  }
}

/** Gives a whole file its name, for good: the rename itself is forced to the disk too. */
async function publish(from: string, target: string): Promise<void> {
  const folder = dirname(target);
  // A folder that became empty may be removed by somebody between the two calls; once more is enough then.
  for (let tries = 0; ; tries++) {
    await storing(() => mkdir(folder, { recursive: true }));
    try {
      await rename(from, target);
      break;
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOENT' || tries >= 3 || (await stat(from).catch(() => null)) === null) {
        throw toStorageError(thrown);
      }
    }
  }
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename is as durable as it gets.
  const handle = await open(folder, 'r').catch(() => null);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
}

async function hashFile(path: string): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await storing(() => open(path, 'r+'), path);
  try {
    for await (const chunk of handle.createReadStream({ highWaterMark: readChunkBytes, autoClose: false })) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
    }
    await storing(() => handle.sync());
  } finally {
    await handle.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function* readChunks(
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

async function* listFiles(root: string, prefix: string): ReturnType<Files['list']> {
  // The deepest folder that all matching names have in common.
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const begin = folder === '' ? root : pathOf(root, folder.slice(0, -1));
  for await (const path of walk(begin)) {
    const name = path
      .slice(root.length + 1)
      .split(sep)
      .join('/');
    if (!name.startsWith(prefix)) continue;
    const found = await stat(path).catch(() => null);
    if (found) yield { name, sizeBytes: found.size, modifiedAt: found.mtime };
  }
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw toStorageError(thrown);
  });
  if (entries === null) return;
  for await (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** Folders are only there for their files. One that gets a file meanwhile is not empty, and stays. */
async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let current = folder; current.startsWith(root + sep); current = dirname(current)) {
    try {
      await rmdir(current);
    } catch {
      return;
    }
  }
}

/** Runs an operation of the file system; its faults become errors of the contract. */
async function storing<Result>(operation: () => Promise<Result>, name?: string): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    if (name !== undefined && ['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '')) {
      throw new AppError('FILE_NOT_FOUND', { path: name }, { cause: thrown });
    }
    throw toStorageError(thrown);
  }
}

function toStorageError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = systemCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('STORAGE_FULL', {}, { cause: thrown });
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('STORAGE_UNAVAILABLE', { detail }, { cause: thrown });
}

function systemCode(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}
