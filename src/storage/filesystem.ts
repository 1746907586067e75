/**
 * Files in a directory: this machine's own, or one that several machines share.
 *
 * A file is written under a temporary name beside the others, forced to the disk, and then renamed, so that a name
 * shows a whole file or none, whatever happens to the process.
 */
import { mkdir, mkdtemp, open, opendir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { AppError, toAppError } from '../contract/errors.js';
import type { Files } from '../engine/ports.js';
import { newPartName, partsFolder, scratchFolder, scratchPrefix, sweepLeftovers } from './leftovers.js';
import { hashFile, partsOf, readChunks, storing, systemCode, toStorageError, writePart } from './local-file.js';

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
      const { sizeBytes, sha256 } = await writePart(part, source, { durable: true });
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
    async adopt(name, localPath, hashed) {
      const target = pathOf(root, name);
      await prepare();
      const { sizeBytes, sha256 } = await hashFile(localPath, { durable: true, hashed });
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
    // A path is the file itself.
    forgetPaths: async () => {},
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
        await writePart(part, [new Uint8Array([1])], { durable: true });
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

/** Where a name lies. */
function pathOf(root: string, name: string): string {
  return join(root, ...partsOf(name));
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
