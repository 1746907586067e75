/** Resident memory of processes, as Linux tells it. */
import { readFileSync } from 'node:fs';

/** Bytes of all of them together, those that are gone left out; null where the system has no `/proc`. */
export function residentBytes(pids: readonly number[]): number | null {
  if (process.platform !== 'linux') return null;
  return pids.reduce((total, pid) => total + (residentBytesOf(pid) ?? 0), 0);
}

function residentBytesOf(pid: number): number | null {
  try {
    // `statm` would be shorter, but counts in pages, whose size differs from machine to machine.
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}
