/** Removes files that no row names: what an attempt left that was overtaken, or an upload that was cut off by a crash. */
import type { Clock, Files, Store } from './ports.js';

const batch = 500;
const prefixes = ['datasets/', 'workflows/'];

/**
 * A file goes only if it is older than `orphanAgeMs` and no row names it, now and once more just before: a file is
 * written before its row, so a young one may be about to be named.
 * @returns the number of files removed
 */
export async function removeOrphans(
  { store, files, clock }: { store: Store; files: Files; clock: Clock },
  orphanAgeMs: number,
): Promise<number> {
  let removed = 0;
  const oldest = () => clock.now().getTime() - orphanAgeMs;
  const sweep = async (names: string[]) => {
    for (const name of await store.unreferencedFiles(names)) {
      const found = await files.stat(name);
      if (found === null || found.modifiedAt.getTime() > oldest()) continue;
      if ((await store.unreferencedFiles([name])).length === 0) continue;
      await files.remove(name);
      removed++;
    }
  };
  for (const prefix of prefixes) {
    let old: string[] = [];
    for await (const { name, modifiedAt } of files.list(prefix)) {
      if (modifiedAt.getTime() > oldest()) continue;
      old.push(name);
      if (old.length < batch) continue;
      await sweep(old);
      old = [];
    }
    if (old.length > 0) await sweep(old);
  }
  return removed;
}
