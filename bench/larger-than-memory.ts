/**
 * Training a matrix of eight times the memory budget, beside the same training in memory: time of an epoch with its
 * scores, and the peak of resident memory; and the peaks of the steps before, which have the same table to take in.
 *
 * Both run in a process of their own, in turns, on as many threads as there are cores. An epoch's time is the median
 * of the times between reports, but for the last one (beyond memory it only scores); a step's is all of it, with what
 * comes before the first epoch.
 */
import { rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { StepName } from '../src/contract/entities.js';
import { stepsOver } from './steps.js';
import { median, report, rounded } from './support.js';
import { largeTable } from './tables.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const columns = 30;
const works = [
  { model: 'LR', epochs: 40 },
  { model: 'SVM', epochs: 40 },
  { model: 'PER', epochs: 40 },
  { model: 'PA', epochs: 40 },
  { model: 'MLP', epochs: 4 },
] as const;
const wanted = process.env.BENCH_MODELS?.split(',') ?? works.map(({ model }) => model);

process.env.ZINCIR_THREADS ??= String(availableParallelism());
const csv = await largeTable(rows, columns, 0);
const steps = await stepsOver(csv);
const memoryBytes = (rows * columns * 8) / 8;
const budgetMegabytes = memoryBytes / 1024 ** 2;
const epochMsOf = ({ epochMs }: ReturnType<typeof steps.run>) => median(epochMs.slice(0, -1));
const table: Record<string, string | number>[] = [];
try {
  const before = (['upload', 'preprocess'] as StepName[]).map((name) => ({
    name,
    ...steps.run(name, { memoryBytes }),
  }));
  for (const { model, epochs } of works.filter((work) => wanted.includes(work.model))) {
    const config = { model, target: 'y', params: { epochs } };
    const ratios: number[] = [];
    const streamed: ReturnType<typeof steps.run>[] = [];
    const inMemory: ReturnType<typeof steps.run>[] = [];
    for (let round = 0; round < rounds; round++) {
      const sides = [
        () => streamed.push(steps.run('train', { config, memoryBytes })),
        () => inMemory.push(steps.run('train', { config })),
      ];
      for (const side of round % 2 === 0 ? sides : sides.reverse()) side();
      const [one, other] = [streamed.at(-1), inMemory.at(-1)];
      if (one && other) ratios.push(epochMsOf(one) / epochMsOf(other));
    }
    const middle = (runs: typeof streamed, figure: (run: (typeof streamed)[0]) => number) => median(runs.map(figure));
    const epochOf = (runs: typeof streamed) => rounded(middle(runs, epochMsOf), 1);
    const peakOf = (runs: typeof streamed) =>
      rounded(
        middle(runs, (run) => run.peakMegabytes),
        0,
      );
    const secondsOf = (runs: typeof streamed) => rounded(middle(runs, ({ seconds }) => seconds));
    const accuracyOf = (runs: typeof streamed) => rounded(Number(runs[0]?.output.result.validationAccuracy), 4);
    table.push({
      work: `${model}, ${rows} x ${columns}`,
      'streamed epoch (ms)': epochOf(streamed),
      'in memory (ms)': epochOf(inMemory),
      ratio: rounded(median(ratios)),
      'goal, at most': 1.3,
      'streamed step (s)': secondsOf(streamed),
      'step in memory (s)': secondsOf(inMemory),
      epochs,
      'streamed, peak (MB)': peakOf(streamed),
      'allowed (MB)': rounded(budgetMegabytes + 150, 0),
      'in memory, peak (MB)': peakOf(inMemory),
      'streamed, accuracy': accuracyOf(streamed),
      'in memory, accuracy': accuracyOf(inMemory),
    });
  }
  report(
    'larger-than-memory',
    `A matrix of 8 times the budget of ${rounded(budgetMegabytes, 1)} MB, medians of ${rounds} pairs`,
    table,
  );
  report(
    'larger-than-memory-before',
    `The steps before, on a CSV of ${rounded(statSync(csv).size / 1024 ** 2, 0)} MB`,
    before.map(({ name, seconds, peakMegabytes }) => ({
      step: name,
      seconds: rounded(seconds),
      'peak (MB)': rounded(peakMegabytes, 0),
      'allowed (MB)': rounded(budgetMegabytes + 150, 0),
    })),
  );
} finally {
  rmSync(steps.directory, { recursive: true, force: true });
}
