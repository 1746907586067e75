#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error('Zincir is not built yet. Run `npm ci` (or `npm run build`) in its folder first.');
  process.exitCode = 2;
}
