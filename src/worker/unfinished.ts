/**
 * What of a step still goes on in its process: timers, sockets, files, threads. A process in which nothing does
 * cannot bring anything of one step into the next, for nothing of the former ever runs again.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Handles and requests that close take a few turns of the event loop; threads that end, some milliseconds of a processor. */
const patienceMs = 1_000;

/** Remembers what goes on now; the answer tells what goes on beyond that, once it does not become less. */
export function watchUnfinished(): (threads: readonly Promise<unknown>[]) => Promise<string[]> {
  const before = present();
  return async (threads) => {
    const until = performance.now() + patienceMs;
    let running = threads.length;
    for (const ended of threads) void ended.then(() => running--);
    for (;;) {
      await nextTurn();
      const left = [...beyond(present(), before), ...Array.from({ length: running }, () => 'a thread')];
      if (left.length === 0 || performance.now() > until) return left;
    }
  };
}

const present = (): string[] =>
  [...process.getActiveResourcesInfo(), ...openFiles()].filter((name) => name !== 'Immediate');

/** Elements of `now` that `before` does not have, or not as often. */
function beyond(now: string[], before: readonly string[]): string[] {
  const left = [...now];
  for (const name of before) {
    const place = left.indexOf(name);
    if (place >= 0) left.splice(place, 1);
  }
  return left;
}

/** Files of the disk that are open; none where the system does not say (other than Linux). */
function openFiles(): string[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(pathOf)
      .filter((path) => path.startsWith('/') && !path.startsWith('/dev/'));
  } catch {
    return [];
  }
}

function pathOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The one that lists the folder is closed by now.
    return '';
  }
}
