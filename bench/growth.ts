/**
 * Time and memory a row through the whole chain of steps, each in a process of its own: 10^4 to 10^6 rows of 30
 * numbers, and 10^7 with `--large` (a CSV of 6 GB). What a process takes before its first row is taken off.
 */
import { rmSync } from 'node:fs';
import type { StepName } from '../src/contract/entities.js';
import { stepsOver } from './steps.js';
import { report, rounded } from './support.js';
import { largeTable } from './tables.js';

const sizes = [10_000, 100_000, 1_000_000, ...(process.argv.includes('--large') ? [10_000_000] : [])];
const stepNames: StepName[] = ['upload', 'preprocess', 'train'];
const config = { model: 'LR', target: 'y', params: { epochs: 10 } } as const;
/** Beyond it training streams, and preprocessing spills: memory a row falls. */
const memoryBytes = Number(process.env.BENCH_MEMORY ?? 2 ** 31);

const smallest = await chain(1000);
const table: Record<string, string | number>[] = [];
for (const rows of sizes) {
  const measured = await chain(rows);
  const row: Record<string, string | number> = { rows };
  for (const name of stepNames) {
    const { seconds, peakMegabytes } = measured[name];
    row[`${name} (us a row)`] = rounded((seconds * 1e6) / rows);
    row[`${name} (bytes a row)`] = rounded(((peakMegabytes - smallest[name].peakMegabytes) * 1024 ** 2) / rows, 0);
  }
  table.push(row);
}
report('growth', 'Time and memory a row, 30 numbers, LR of 10 epochs', table);

async function chain(rows: number) {
  const steps = await stepsOver(await largeTable(rows, 30, 0));
  try {
    const run = (name: StepName) => steps.run(name, { config, memoryBytes });
    return { upload: run('upload'), preprocess: run('preprocess'), train: run('train') };
  } finally {
    rmSync(steps.directory, { recursive: true, force: true });
  }
}
