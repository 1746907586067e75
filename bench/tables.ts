/** Large CSVs for benchmarks, made once a machine and kept in the system's temporary directory. */
import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Deterministic numbers between 0 and 1, of 53 bits. */
function generator(seed: number): () => number {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 2 ** 53;
}

/**
 * A table of `rows` rows: `numeric` normal numbers with all their digits, `text` columns of 5 to 50 words, and `y`
 * of 0 and 1. One number is missing in every 500th row (2,000 of a million), one text in every 100th.
 */
export async function largeTable(rows: number, numeric: number, text: number): Promise<string> {
  const file = path.join(tmpdir(), `zincir-table-${rows}-${numeric}-${text}.csv`);
  if (existsSync(file)) return file;
  const random = generator(1);
  const out = createWriteStream(`${file}.part`, { highWaterMark: 1 << 22 });
  const names = [
    ...Array.from({ length: numeric }, (_, i) => `n${i}`),
    ...Array.from({ length: text }, (_, i) => `t${i}`),
  ];
  let waiting = `${names.join(',')},y\n`;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    const gap = row % 500 === 7 ? Math.floor(random() * numeric) : -1;
    for (let i = 0; i < numeric; i++) {
      const value = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      sum += i % 2 === 0 ? value : -value;
      waiting += i === gap ? ',' : `${value},`;
    }
    for (let i = 0; i < text; i++) {
      waiting += row % 100 === i ? ',' : `word ${i} ${Math.floor(random() ** 2 * 5 * (i + 1))},`;
    }
    waiting += sum + random() > 0.5 ? '1\n' : '0\n';
    if (waiting.length > 1 << 20 || row === rows - 1) {
      if (!out.write(waiting)) await once(out, 'drain');
      waiting = '';
    }
  }
  out.end();
  await once(out, 'close');
  renameSync(`${file}.part`, file);
  return file;
}
