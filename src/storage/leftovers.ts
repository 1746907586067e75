/** What a process that was killed leaves behind: parts of files, and scratch folders. They carry its host and pid. */
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

export const partsFolder = '.parts';
export const scratchFolder = '.scratch';

/** Longer than any upload or step takes; by then even a process id that is in use again is no reason to keep it. */
const oldAfterMs = 7 * 24 * 3600 * 1000;

const host = hostname().replace(/[^A-Za-z0-9]+/g, '_');

export const newPartName = (): string => `${host}-${process.pid}-${randomUUID()}`;
export const scratchPrefix = (): string => `${host}-${process.pid}-`;

/** Removes what processes of this machine left that are no longer there, and what is old whoever made it. */
export async function sweepLeftovers(root: string): Promise<void> {
  for (const folder of [partsFolder, scratchFolder]) {
    for (const entry of await readdir(join(root, folder))) {
      const path = join(root, folder, entry);
      if (await isLeftOver(path, entry)) await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }
}

async function isLeftOver(path: string, entry: string): Promise<boolean> {
  const [madeOn, pid] = entry.split('-');
  const found = await stat(path).catch(() => null);
  if (found === null) return false;
  if (Date.now() - found.mtimeMs > oldAfterMs) return true;
  if (madeOn !== host) return false;
  // A process that has our own id and made something before we started was an earlier one.
  const startedAtMs = Date.now() - process.uptime() * 1000;
  if (Number(pid) === process.pid) return found.mtimeMs < startedAtMs - 1000;
  return !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
