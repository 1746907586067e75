/**
 * The whole main job on a large table: 1,000,000 rows of 30 numbers, logistic regression, 10 epochs; from the first
 * byte of the upload to COMPLETED, beside one scikit-learn script doing the same, with each pandas that ./pandas.ts
 * finds. The script's imports are left out, and our server has done a small job before.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { postFile } from '../src/cli/send-file.js';
import { Dataset } from '../src/contract/entities.js';
import { createWorkflow, getWorkflow } from '../test/support/client.js';
import { example, root, startServer, temporaryDirectory } from '../test/support/program.js';
import { type PandasPeer, pandasPeers } from './pandas.js';
import { median, pairs, peakMegabytes, report, rounded, summarise } from './support.js';
import { largeTable } from './tables.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const Measured = z.object({ seconds: z.number(), peakMegabytes: z.number() });
/** Milliseconds by piece of the job. */
type Job = z.infer<typeof Measured> & { readonly ms: Record<string, number> };

const table = await largeTable(rows, 30, 0);
const lines: Record<string, string | number>[] = [];
for (const peer of pandasPeers()) lines.push(await measure(peer));
report('large-job', `The main job on ${rows} rows x 30 numbers, LR, 10 epochs, medians of ${rounds} pairs`, lines);

async function measure(peer: PandasPeer): Promise<Record<string, string | number>> {
  const jobs: Job[] = [];
  const scripts: z.infer<typeof Measured>[] = [];
  const measured = await pairs(
    rounds,
    async () => {
      const job = await runJob();
      jobs.push(job);
      return job.seconds;
    },
    async () => {
      const script = runScript(peer);
      scripts.push(script);
      return script.seconds;
    },
  );
  const { ours, theirs, ratio } = summarise(measured);
  const piece = (name: string) => rounded(median(jobs.map(({ ms }) => ms[name] ?? Number.NaN)), 0);
  const peakOf = (runs: readonly z.infer<typeof Measured>[]) =>
    rounded(Math.max(...runs.map((run) => run.peakMegabytes)), 0);
  return {
    peer: peer.name,
    'ours (s)': rounded(ours),
    'peer (s)': rounded(theirs),
    ratio: rounded(ratio),
    'transfer (ms)': piece('transfer'),
    'upload (ms)': piece('upload'),
    'preprocess (ms)': piece('preprocess'),
    'train (ms)': piece('train'),
    'peak of our server (MB)': peakOf(jobs),
    'their peak (MB)': peakOf(scripts),
  };
}

async function runJob(): Promise<Job> {
  // A server of its own each time: the same bytes would not be stored twice.
  const directory = temporaryDirectory();
  const server = await startServer(directory);
  await trainOn(server.url, example('iris.csv'), 'species');
  const job = await trainOn(server.url, table, 'y');
  const peak = peakMegabytes(server.process.pid ?? 0);
  await server.stop();
  rmSync(directory, { recursive: true });
  return { ...job, peakMegabytes: peak };
}

async function trainOn(url: string, file: string, target: string): Promise<Pick<Job, 'seconds' | 'ms'>> {
  const began = performance.now();
  // As the command line sends it: the runtime's own fetch would read the whole file ahead.
  const sizeBytes = statSync(file).size;
  const answer = await postFile(`${url}/api/datasets`, file, { sizeBytes, headers: {}, fields: {} });
  const { id: datasetId } = Dataset.parse(await answer.json());
  const transfer = performance.now() - began;
  const { id } = await createWorkflow(url, { datasetId, config: { model: 'LR', target, params: {} } });
  // As a page waits: told of the end, where to ask for it again and again would take part of a core.
  const events = await fetch(`${url}/api/workflows/${id}/events`);
  await events.text();
  const ended = await getWorkflow(url, id);
  if (ended.status !== 'COMPLETED') throw new Error(`${ended.status}: ${JSON.stringify(ended.error)}`);
  const seconds = (performance.now() - began) / 1000;
  const steps = ended.steps.map(({ name, durationMs }): [string, number] => [name, durationMs ?? Number.NaN]);
  return { seconds, ms: { transfer, ...Object.fromEntries(steps) } };
}

function runScript({ python }: PandasPeer): z.infer<typeof Measured> {
  const script = path.join(root, 'bench/peers/main_job.py');
  const directory = temporaryDirectory('peer');
  const run = spawnSync(python, [script, table, 'y', 'LR', '10', directory], { encoding: 'utf8' });
  rmSync(directory, { recursive: true });
  if (run.status !== 0) throw new Error(run.stderr);
  return Measured.parse(JSON.parse(run.stdout));
}
