/**
 * The main job on every example, beside one scikit-learn script doing the same steps in the same run.
 *
 * Warm: a server runs; from the first byte of the upload to COMPLETED, against the script without its imports.
 * Cold: one command in an empty folder (`zincir train` with its own engine), against the script from its start.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { createWorkflow, hasEnded, upload, waitFor } from '../test/support/client.js';
import { example, root, startServer, temporaryDirectory, zincir } from '../test/support/program.js';
import { findPython } from '../test/support/python.js';
import { median, pairs, peakMegabytes, report, rounded, summarise } from './support.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const jobs = [
  { file: 'penguins.csv', target: 'species', model: 'MLP' },
  { file: 'iris.csv', target: 'species', model: 'LR' },
  { file: 'wine.csv', target: lastColumn('wine.csv'), model: 'SVM' },
  { file: 'breast_cancer.csv', target: lastColumn('breast_cancer.csv'), model: 'PA' },
  { file: 'digits.csv', target: lastColumn('digits.csv'), model: 'PER' },
];

const python = findPython();
if (python === null) throw new Error('the benchmark needs a Python with scikit-learn and pandas');
const Peer = z.object({
  seconds: z.number(),
  secondsWithImports: z.number(),
  peakMegabytes: z.number(),
  accuracy: z.array(z.number()),
});

const readyMs: number[] = [];
for (let round = 0; round < rounds; round++) {
  const fresh = await startServer(temporaryDirectory());
  readyMs.push(fresh.readyMs);
  await fresh.stop();
}

const server = await startServer(temporaryDirectory());
const rows: Record<string, string | number>[] = [];
for (const { file, target, model } of jobs) {
  const peer = () => {
    const args = [
      path.join(root, 'bench/peers/main_job.py'),
      example(file),
      target,
      model,
      '10',
      temporaryDirectory('peer'),
    ];
    const run = spawnSync(python, args, { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    return Peer.parse(JSON.parse(run.stdout));
  };
  let accuracy = Number.NaN;
  let peak = 0;
  const warm = await pairs(
    rounds,
    async () => {
      const began = performance.now();
      const { id: datasetId } = await upload(server.url, example(file));
      const { id } = await createWorkflow(server.url, { datasetId, config: { model, target, params: {} } });
      const ended = await waitFor(server.url, id, hasEnded, 60_000, 5);
      if (ended.status !== 'COMPLETED') throw new Error(`${file}: ${ended.status}`);
      accuracy = ended.validationAccuracy ?? Number.NaN;
      return (performance.now() - began) / 1000;
    },
    async () => {
      const measured = peer();
      peak = measured.peakMegabytes;
      return measured.seconds;
    },
  );
  const cold = await pairs(
    rounds,
    async () => {
      const cwd = temporaryDirectory();
      const began = performance.now();
      const env = { ZINCIR_DATA_DIR: path.join(cwd, 'data') };
      const ended = await zincir(
        ['train', example(file), '--target', target, '--model', model, '--out', path.join(cwd, 'out'), '--json'],
        { cwd, env },
      );
      if (ended.code !== 0) throw new Error(ended.stderr);
      return (performance.now() - began) / 1000;
    },
    async () => peer().secondsWithImports,
  );
  const [a, b] = [summarise(warm), summarise(cold)];
  rows.push({
    example: file,
    model,
    'warm, ours (s)': rounded(a.ours, 3),
    'scikit-learn (s)': rounded(a.theirs, 3),
    'ratio (warm)': rounded(a.ratio),
    'cold, ours (s)': rounded(b.ours),
    'scikit-learn with imports (s)': rounded(b.theirs),
    'ratio (cold)': rounded(b.ratio),
    'validation accuracy': rounded(accuracy, 4),
    'their peak (MB)': rounded(peak, 0),
  });
}
const serverPeak = peakMegabytes(server.process.pid ?? 0);
await server.stop();
report('main-job', `The main job, 10 epochs, medians of ${rounds} pairs`, rows);
report('start', 'Start of the program on a fresh data directory', [
  {
    'ready (s), median': rounded(median(readyMs) / 1000),
    'peak memory of the server after the jobs (MB)': rounded(serverPeak, 0),
  },
]);

function lastColumn(file: string): string {
  const header = readFileSync(example(file), 'utf8').split('\n')[0] ?? '';
  return header.trimEnd().split(',').at(-1)?.replaceAll('"', '') ?? '';
}
