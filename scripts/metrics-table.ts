/** Writes the table of metrics in docs/operations.md from the catalogue: `npx tsx scripts/metrics-table.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { own, shared } from '../src/engine/metrics/catalogue.js';
import type { Family } from '../src/engine/metrics/family.js';

const file = fileURLToPath(new URL('../docs/operations.md', import.meta.url));

const row =
  (of: string) =>
  ({ name, type, labels, help }: Family): string =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${of} | ${help} |`;

export function metricsTable(): string {
  return [
    '| metric | type | labels | of | |',
    '|---|---|---|---|---|',
    ...Object.values(shared).map(row('all')),
    ...Object.values(own).map(row('a process')),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(file, 'utf8');
  const marked = /(<!-- metrics: begin -->\n)[\s\S]*?(<!-- metrics: end -->)/;
  writeFileSync(
    file,
    text.replace(marked, (_, begin: string, end: string) => `${begin}${metricsTable()}\n${end}`),
  );
}
