/** Bundles a script of this folder, so that a plain Node process can run it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Writes `<name>.mjs` into `directory`, whole (no package is looked up at run time), and answers its path. */
export async function bundle(
  name: 'child-entry' | 'host-entry' | 'leaving-entry' | 'steps-entry',
  directory: string,
): Promise<string> {
  const outfile = join(directory, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}
