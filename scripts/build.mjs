/**
 * Builds what runs: `dist/cli.js` and `dist/child.js` (our code bundled, packages left outside), the web pages
 * in `dist/web`, and `dist/template`, an empty migrated database that a fresh data directory is copied from.
 * Runs by itself after `npm ci`. `--server` leaves the web pages as they are.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const esbuild = await import('esbuild').catch(() => null);
if (esbuild === null) {
  if (existsSync('dist/cli.js')) process.exit(0);
  console.error(
    'Zincir is not built yet, and the tools that build it are not installed: run `npm ci` without --omit=dev.',
  );
  process.exit(1);
}

const started = Date.now();
await esbuild.build({
  entryPoints: { cli: 'src/main/cli.ts', child: 'src/main/child.ts', template: 'src/main/template.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
rmSync('dist/template', { recursive: true, force: true });
run(process.execPath, ['dist/template.js', 'dist/template']);
if (!process.argv.includes('--server')) {
  const vite = await import('vite');
  await vite.build({ logLevel: 'warn' });
  compress('dist/web/assets');
}
console.log(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);

/** Beside each script and style stands it compressed: browsers take that, and a slow line brings a third of the bytes. */
function compress(folder) {
  for (const name of readdirSync(folder).filter((each) => /\.(js|css)$/.test(each))) {
    const file = `${folder}/${name}`;
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  }
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
