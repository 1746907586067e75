/**
 * The data directory belongs to one process at a time: the embedded database would lose rows silently if two
 * had it open. `zincir.lock` names the process that holds it and the address at which it serves.
 */
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.js';
import { makeDirectory } from './make-directory.js';

const Holder = z.object({
  pid: z.int(),
  /** Tells the process from a later one of the same number: its start as the system counts it; '' where unknown. */
  birth: z.string(),
  url: z.string().nullable(),
});
export type Holder = z.infer<typeof Holder>;

export interface DataDirectory {
  /** Tells other processes where this one serves. */
  announce(url: string): void;
  release(): void;
}

const lockName = 'zincir.lock';

/** @throws AppError `DATA_DIR_LOCKED` with the pid that holds it, `DATA_DIR_NOT_WRITABLE` */
export function holdDataDirectory(directory: string): DataDirectory {
  const lock = path.join(directory, lockName);
  const own: Holder = { pid: process.pid, birth: birthOf(process.pid), url: null };
  try {
    makeDirectory(directory);
    takeLock(directory, own);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new AppError('DATA_DIR_NOT_WRITABLE', { directory, detail }, { cause: error });
  }
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    process.off('exit', release);
    rmSync(lock, { force: true });
  };
  process.on('exit', release);
  return {
    release,
    announce(url) {
      const draft = `${lock}.${process.pid}`;
      writeFileSync(draft, JSON.stringify({ ...own, url }));
      renameSync(draft, lock);
    },
  };
}

/** The living process that holds the directory, or null. */
export function holderOf(directory: string): Holder | null {
  const holder = readHolder(path.join(directory, lockName));
  return holder !== null && lives(holder) ? holder : null;
}

/** A lock appears with its content in one step (link); a dead one is moved aside, and put back if it was not the dead one. */
function takeLock(directory: string, own: Holder): void {
  const lock = path.join(directory, lockName);
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    for (let tries = 0; tries < 10; tries++) {
      try {
        linkSync(draft, lock);
        return;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const holder = readHolder(lock);
      if (holder !== null && lives(holder))
        throw new AppError('DATA_DIR_LOCKED', { directory, pid: String(holder.pid) });
      setDeadLockAside(lock);
    }
    throw new Error(`${lock} is being taken by several processes at once`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function setDeadLockAside(lock: string): void {
  const aside = `${lock}.${process.pid}.dead`;
  try {
    renameSync(lock, aside);
  } catch {
    return; // Another process was quicker.
  }
  const moved = readHolder(aside);
  if (moved !== null && lives(moved)) linkSync(aside, lock);
  unlinkSync(aside);
}

function readHolder(file: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function lives(holder: Holder): boolean {
  if (holder.pid === process.pid) return holder.birth === birthOf(process.pid);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return holder.birth === '' || holder.birth === birthOf(holder.pid);
}

/** Boot and start tick of a living process on Linux; '' elsewhere, and of one that is dead but not yet collected. */
function birthOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie keeps its number for as long as its parent does not ask after it: in a container, perhaps for ever.
    if (fields[0] === 'Z' || fields[0] === 'X') return '';
    return `${boot}:${fields[19] ?? ''}`;
  } catch {
    return '';
  }
}
