/** A fresh PGlite directory costs seconds (initdb) where a copy of a ready one costs 50 ms. */
import { cp, readdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';

/** Makes `directory` a copy of the template, unless there is a database in it already. */
export async function copyTemplate(templateDir: string, directory: string): Promise<void> {
  const [template, present] = await Promise.all([entries(templateDir), entries(directory)]);
  if (template.length === 0 || present.length > 0) return;
  const target = isAbsolute(directory) ? directory : resolve(directory);
  // The copy appears whole or not at all, so that a process killed meanwhile leaves no half database behind.
  const copy = `${target}.new-${process.pid}`;
  await rm(copy, { recursive: true, force: true });
  await cp(templateDir, copy, { recursive: true });
  await rm(target, { recursive: true, force: true });
  await rename(copy, target);
}

async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
    throw thrown;
  }
}
