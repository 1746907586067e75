/**
 * Time and memory a row through the whole chain of steps, each in a process of its own: 10^4 to 10^6 rows of 30
 * numbers, and 10^7 with `--large` (a CSV of 6 GB, made first). The memory of 1,000 rows, which is what a step
 * takes whatever its table, is taken off. Tables of up to 10^6 rows are measured three times; the median counts.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { OwnStepName } from '../src/contract/entities.js';
import { stepsOver } from './steps.js';
import { median, report, rounded } from './support.js';
import { largeTable } from './tables.js';

process.env.ZINCIR_THREADS ??= String(availableParallelism());
const leastRows = 1000;
const sizes = [10_000, 100_000, 1_000_000, ...(process.argv.includes('--large') ? [10_000_000] : [])];
const stepNames: OwnStepName[] = ['upload', 'preprocess', 'train'];
const config = { model: 'LR', target: 'y', params: { epochs: 10 } } as const;
/** Beyond it training streams, and preprocessing spills: memory a row falls. */
const memoryBytes = Number(process.env.BENCH_MEMORY ?? 2 ** 31);

const least = await chain(leastRows);
const table: Record<string, string | number>[] = [];
for (const rows of sizes) {
  const measured = await chain(rows);
  const row: Record<string, string | number> = { rows };
  for (const name of stepNames) {
    const megabytes = measured[name].peakMegabytes - least[name].peakMegabytes;
    row[`${name} (us a row)`] = rounded((measured[name].seconds * 1e6) / rows);
    row[`${name} (bytes a row)`] = rounded((megabytes * 1024 ** 2) / (rows - leastRows), 0);
  }
  table.push(row);
}
const fixed = stepNames.map((name) => `${name} ${rounded(least[name].peakMegabytes, 0)}`);
const title = `Time a row, all in, and memory a row beyond what 1,000 rows take (MB: ${fixed.join(', ')})`;
report('growth', `${title}; 30 numbers, LR of 10 epochs`, table);

async function chain(rows: number) {
  const steps = await stepsOver(await largeTable(rows, 30, 0));
  const rounds = rows > 1_000_000 ? 1 : 3;
  try {
    const run = (name: OwnStepName) => {
      const runs = Array.from({ length: rounds }, () => steps.run(name, { config, memoryBytes }));
      return {
        seconds: median(runs.map(({ seconds }) => seconds)),
        peakMegabytes: median(runs.map(({ peakMegabytes }) => peakMegabytes)),
      };
    };
    return { upload: run('upload'), preprocess: run('preprocess'), train: run('train') };
  } finally {
    rmSync(steps.directory, { recursive: true, force: true });
  }
}
