/**
 * Copies of objects on this machine, for those who must read a file at random.
 *
 * A copy lies under the hash of its content, shared by all processes of this user, and each process that uses it has a
 * second name of its own for it (a hard link). So the least used copies can be removed at any time to keep within the
 * limit, and the path that a process was given stays good until it says that it needs none any more, or ends.
 */
import { rmSync } from 'node:fs';
import { chmod, link, lstat, mkdir, mkdtemp, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.js';
import { newPartName, partsFolder, scratchFolder, scratchPrefix, sweepLeftovers } from '../leftovers.js';
import { storing, systemCode } from '../local-file.js';

const copiesFolder = 'copies';

export class LocalCopies {
  readonly #root: string;
  readonly #limitBytes: number;
  #ready: Promise<string> | null = null;
  readonly #underway = new Map<string, Promise<string>>();

  /** @param directory made when first used, readable by this user only */
  constructor(directory: string | null, limitBytes: number) {
    this.#root = directory ?? join(tmpdir(), `zincir-s3-${userInfo().username.replace(/[^A-Za-z0-9]+/g, '_')}`);
    this.#limitBytes = limitBytes;
  }

  /** Path of a new file, not yet there; its maker removes it. */
  async newPart(): Promise<string> {
    await this.#prepare();
    return join(this.#root, partsFolder, newPartName());
  }

  async scratch(label: string): Promise<string> {
    await this.#prepare();
    const safe = label.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 80);
    return storing(() => mkdtemp(join(this.#root, scratchFolder, `${scratchPrefix()}${safe}-`)));
  }

  /**
   * @param id of the content: equal ids are equal bytes
   * @param download writes the content, checked, to the path that it is given
   * @return a path that stays good until `forget`, or until this process ends
   */
  async get(id: string, sizeBytes: number, download: (path: string) => Promise<void>): Promise<string> {
    const own = join(await this.#prepare(), id);
    const underway = this.#underway.get(id) ?? this.#find(id, own, sizeBytes, download);
    this.#underway.set(id, underway);
    try {
      return await underway;
    } finally {
      this.#underway.delete(id);
    }
  }

  /** Removes this process's own names; the copies stay for whoever comes next. */
  async forget(): Promise<void> {
    if (this.#ready === null) return;
    const own = await this.#ready;
    const names = await storing(() => readdir(own));
    await Promise.all(names.map((name) => unlink(join(own, name)).catch(() => {})));
  }

  async #find(id: string, own: string, sizeBytes: number, download: (path: string) => Promise<void>): Promise<string> {
    const copy = join(this.#root, copiesFolder, id);
    if (await hasSize(own, sizeBytes)) return own;
    if ((await linked(copy, own)) && (await hasSize(own, sizeBytes))) {
      const now = new Date();
      await utimes(copy, now, now).catch(() => {});
      return own;
    }
    const part = await this.newPart();
    try {
      await download(part);
      await storing(() => rename(part, own));
      // A disk that knows no hard links keeps no copies for others.
      await unlink(copy).catch(() => {});
      await linked(own, copy);
    } finally {
      await unlink(part).catch(() => {});
    }
    await this.#trim();
    return own;
  }

  /** Removes the least used copies; one that another process removes meanwhile is fine. */
  async #trim(): Promise<void> {
    const folder = join(this.#root, copiesFolder);
    const names = await storing(() => readdir(folder));
    const copies = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(folder, name)).catch(() => null);
        return { name, sizeBytes: found?.size ?? 0, usedMs: found?.mtimeMs ?? 0 };
      }),
    );
    let total = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { name, sizeBytes } of copies.toSorted((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.#limitBytes) return;
      await unlink(join(folder, name)).catch(() => {});
      total -= sizeBytes;
    }
  }

  #prepare(): Promise<string> {
    this.#ready ??= this.#makeFolders().catch((thrown: unknown) => {
      this.#ready = null;
      throw thrown;
    });
    return this.#ready;
  }

  /** @return the folder of this process's own names */
  #makeFolders(): Promise<string> {
    return storing(async () => {
      await mkdir(this.#root, { recursive: true, mode: 0o700 });
      await refuseStrangers(this.#root);
      for (const folder of [partsFolder, scratchFolder, copiesFolder]) {
        await mkdir(join(this.#root, folder), { recursive: true });
      }
      await sweepLeftovers(this.#root);
      const own = await mkdtemp(join(this.#root, scratchFolder, `${scratchPrefix()}names-`));
      removeAtExit(own);
      return own;
    });
  }
}

const ownFolders = new Set<string>();

/** What a killed process leaves, the next one that starts removes. */
function removeAtExit(folder: string): void {
  if (ownFolders.size === 0) {
    process.once('exit', () => {
      for (const own of ownFolders) rmSync(own, { recursive: true, force: true });
    });
  }
  ownFolders.add(folder);
}

/** In a directory that all may write to, somebody else may have made ours first, to read or change what lies in it. */
async function refuseStrangers(directory: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== uid) {
    throw new AppError('STORAGE_UNAVAILABLE', { detail: `${directory} belongs to somebody else` });
  }
  await chmod(directory, 0o700);
}

async function hasSize(path: string, sizeBytes: number): Promise<boolean> {
  return (await stat(path).catch(() => null))?.size === sizeBytes;
}

/** @return whether the file has the second name now */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (thrown) {
    return systemCode(thrown) === 'EEXIST';
  }
}
