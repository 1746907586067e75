/**
 * Writes the tables of docs/performance.md from `bench/results/*.json`: everything between `<!-- results: NAME -->`
 * and `<!-- end -->` is replaced by the newest results of that benchmark; and docs/images/growth.svg. `npm run bench`
 * runs it last.
 *
 *   node scripts/performance-tables.mjs [NAME...]   only the results of these benchmarks
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { growthPlot } from './growth-plot.mjs';

const names = process.argv.slice(2);
const wanted = (name) => names.length === 0 || names.includes(name);

const page = new URL('../docs/performance.md', import.meta.url);
const text = readFileSync(page, 'utf8').replace(/<!-- results: ([\w-]+) -->[\s\S]*?<!-- end -->/g, (block, name) => {
  const file = new URL(`../bench/results/${name}.json`, import.meta.url);
  return wanted(name) && existsSync(file)
    ? `<!-- results: ${name} -->\n${tableOf(JSON.parse(readFileSync(file, 'utf8')))}\n<!-- end -->`
    : block;
});
writeFileSync(page, text);

const growth = new URL('../bench/results/growth.json', import.meta.url);
if (wanted('growth') && existsSync(growth)) {
  const plot = new URL('../docs/images/growth.svg', import.meta.url);
  writeFileSync(plot, growthPlot(JSON.parse(readFileSync(growth, 'utf8'))));
}

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
