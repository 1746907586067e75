/** Pairs, medians, tables: what every benchmark shares. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';

const results = fileURLToPath(new URL('./results/', import.meta.url));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that `share` (0 to 1) of the values lie below. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export interface Pair {
  ours: number;
  theirs: number;
}

/**
 * Runs both sides alternately, each going first every other time, so that noise of the machine meets both. The disk has
 * taken what was written before a side begins: one that forces its files to the disk would wait for the other's as well.
 */
export async function pairs(
  rounds: number,
  runOurs: () => Promise<number>,
  runTheirs: () => Promise<number>,
): Promise<Pair[]> {
  const ours = () => settled(runOurs);
  const theirs = () => settled(runTheirs);
  const measured: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await ours();
      measured.push({ ours: first, theirs: await theirs() });
    } else {
      const first = await theirs();
      measured.push({ ours: await ours(), theirs: first });
    }
  }
  return measured;
}

function settled(run: () => Promise<number>): Promise<number> {
  spawnSync('sync');
  return run();
}

/** Median of each side, and the median of the ratios theirs / ours (above 1: we are faster). */
export function summarise(measured: readonly Pair[]): Pair & { ratio: number } {
  return {
    ours: median(measured.map(({ ours }) => ours)),
    theirs: median(measured.map(({ theirs }) => theirs)),
    ratio: median(measured.map(({ ours, theirs }) => theirs / ours)),
  };
}

/** Peak resident memory of a living process, in MB (Linux). */
export function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

export const machine = (): string =>
  `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 1024 ** 3)} GB, Node ${process.versions.node}`;

/** Prints one table and writes the same figures as JSON to `bench/results/<name>.json`. */
export function report(name: string, title: string, rows: Record<string, string | number>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((column) => String(row[column] ?? '')));
  console.log(`${title}\n${machine()}\n${table.toString()}\n`);
  mkdirSync(results, { recursive: true });
  const file = path.join(results, `${name}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ title, machine: machine(), at: new Date().toISOString(), rows }, null, 2)}\n`,
  );
}

/** The rows that a benchmark reported last; none where it never did. */
export function reported(name: string): Record<string, string | number>[] {
  const file = path.join(results, `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows : [];
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
