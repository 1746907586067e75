/** Directories for what the command line writes. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * As `mkdir -p`. Node's own recursive `mkdir` never ends where the system says ENOENT for a directory whose parent is
 * there, as /proc does.
 */
export async function makeDirectory(directory: string): Promise<void> {
  const whole = path.resolve(directory);
  if (existsSync(whole)) return;
  await makeDirectory(path.dirname(whole));
  await mkdir(whole).catch((error: unknown) => {
    // Another process was quicker.
    if (!existsSync(whole)) throw error;
  });
}
