/**
 * Writes the tables of docs/performance.md from `bench/results/*.json`: everything between `<!-- results: NAME -->`
 * and `<!-- end -->` is replaced by the newest results of that benchmark. `npm run bench` runs it last.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../docs/performance.md', import.meta.url);
const text = readFileSync(page, 'utf8').replace(/<!-- results: ([\w-]+) -->[\s\S]*?<!-- end -->/g, (block, name) => {
  const file = new URL(`../bench/results/${name}.json`, import.meta.url);
  return existsSync(file)
    ? `<!-- results: ${name} -->\n${tableOf(JSON.parse(readFileSync(file, 'utf8')))}\n<!-- end -->`
    : block;
});
writeFileSync(page, text);

function tableOf({ title, machine, at, rows }) {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    `*${title}. ${machine}; ${at.slice(0, 10)}.*`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => String(row[column] ?? '').replaceAll('|', '\\|')))),
  ].join('\n');
}
