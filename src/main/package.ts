/** Where the installed package lies, and what it says of itself. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const Manifest = z.object({ name: z.literal('zincir'), version: z.string() });

const root = findRoot(path.dirname(fileURLToPath(import.meta.url)));

export const version = Manifest.parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))).version;
export const webRoot = path.join(root, 'dist', 'web');
export const childEntry = path.join(root, 'dist', 'child.js');
/** An empty, migrated database; a fresh data directory begins as a copy of it. */
export const templateDir = path.join(root, 'dist', 'template');

function findRoot(directory: string): string {
  if (existsSync(path.join(directory, 'package.json'))) return directory;
  const parent = path.dirname(directory);
  if (parent === directory) throw new Error('package.json of zincir was not found');
  return findRoot(parent);
}
