/** Many watchers behind one LISTEN: each is called back soon after a change, and once for a burst of them. */
import type { Driver } from './driver.js';

interface Watchers {
  /** @param key the workflow, or null for any */
  watch(key: string | null, changed: () => void): Promise<() => Promise<void>>;
}

/** @param gatherMs changes within this time of the first are one call */
export function createWatchers(driver: Driver, channel: string, gatherMs: number): Watchers {
  const byKey = new Map<string | null, Set<() => void>>();
  const touched = new Set<() => void>();
  let gathering = false;
  let listening: Promise<unknown> | null = null;

  const call = () => {
    gathering = false;
    const now = [...touched];
    touched.clear();
    for (const changed of now) changed();
  };
  const touch = (watchers: Iterable<() => void>) => {
    for (const changed of watchers) touched.add(changed);
    if (touched.size === 0 || gathering) return;
    gathering = true;
    // A timer of no time at all still takes a millisecond.
    if (gatherMs === 0) setImmediate(call);
    else setTimeout(call, gatherMs);
  };
  const heard = (payload: string | null) => {
    if (payload === null) return touch([...byKey.values()].flatMap((watchers) => [...watchers]));
    touch(byKey.get(payload) ?? []);
    touch(byKey.get(null) ?? []);
  };

  return {
    async watch(key, changed) {
      listening ??= driver.listen(channel, heard).catch((thrown: unknown) => {
        listening = null;
        throw thrown;
      });
      await listening;
      // Each call of watch has a callback of its own, so that one function may watch twice.
      const own = () => changed();
      const watchers = byKey.get(key) ?? new Set();
      byKey.set(key, watchers.add(own));
      return async () => {
        watchers.delete(own);
        touched.delete(own);
        if (watchers.size === 0 && byKey.get(key) === watchers) byKey.delete(key);
      };
    },
  };
}
