/** Resident memory of processes (Linux), in MB. */
import { readFileSync } from 'node:fs';

export const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;

/** Of all that this process has started and that are still there. */
export function childrenMb(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return children.reduce((sum, child) => sum + (orGone(() => residentMb(child)) ?? 0), 0);
}

function orGone<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch {
    return null;
  }
}
