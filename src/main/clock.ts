/** The time that a node goes by. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../engine/ports.js';

/** Soon enough for a step of the clock, and seldom enough to cost nothing. */
const lookMs = 100;

/**
 * The system's time.
 * @param offsetFile for tests of clocks that step: a file with the milliseconds by which this node's clock is ahead,
 * looked at again and again; 0 while it is not there
 */
export function createClock(offsetFile: string | null): Clock {
  if (offsetFile === null) return { now: () => new Date() };
  let offsetMs = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    now() {
      if (performance.now() - lookedAt >= lookMs) {
        lookedAt = performance.now();
        offsetMs = readOffset(offsetFile);
      }
      return new Date(Date.now() + offsetMs);
    },
  };
}

function readOffset(file: string): number {
  try {
    const offset = Number(readFileSync(file, 'utf8'));
    return Number.isFinite(offset) ? offset : 0;
  } catch {
    return 0;
  }
}
