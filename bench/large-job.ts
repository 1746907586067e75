/**
 * The whole main job on a large table: 1,000,000 rows of 30 numbers, logistic regression, 10 epochs; from the first
 * byte of the upload to COMPLETED, beside one scikit-learn script doing the same, its imports left out.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { postFile } from '../src/cli/send-file.js';
import { Dataset } from '../src/contract/entities.js';
import { createWorkflow, hasEnded, waitFor } from '../test/support/client.js';
import { root, startServer, temporaryDirectory } from '../test/support/program.js';
import { findPython } from '../test/support/python.js';
import { pairs, peakMegabytes, report, rounded, summarise } from './support.js';
import { largeTable } from './tables.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const python = findPython();
if (python === null) throw new Error('the benchmark needs a Python with scikit-learn and pandas');
const Peer = z.object({ seconds: z.number(), peakMegabytes: z.number() });

const table = await largeTable(rows, 30, 0);
const steps = new Map<string, number[]>();
let theirPeak = 0;
let ourPeak = 0;
const measured = await pairs(
  rounds,
  async () => {
    // A server of its own each time: the same bytes would not be stored twice.
    const server = await startServer(temporaryDirectory());
    const began = performance.now();
    // As the command line sends it: the runtime's own fetch would read the whole file ahead.
    const sizeBytes = statSync(table).size;
    const answer = await postFile(`${server.url}/api/datasets`, table, { sizeBytes, headers: {}, fields: {} });
    const { id: datasetId } = Dataset.parse(await answer.json());
    const uploaded = performance.now();
    const { id } = await createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'y', params: {} } });
    const ended = await waitFor(server.url, id, hasEnded, 600_000, 20);
    if (ended.status !== 'COMPLETED') throw new Error(`${ended.status}: ${JSON.stringify(ended.error)}`);
    const seconds = (performance.now() - began) / 1000;
    note('transfer', uploaded - began);
    for (const { name, durationMs } of ended.steps) note(name, durationMs ?? Number.NaN);
    ourPeak = peakMegabytes(server.process.pid ?? 0);
    await server.stop();
    return seconds;
  },
  async () => {
    const script = path.join(root, 'bench/peers/main_job.py');
    const run = spawnSync(python, [script, table, 'y', 'LR', '10', temporaryDirectory('peer')], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    const { seconds, peakMegabytes: peak } = Peer.parse(JSON.parse(run.stdout));
    theirPeak = Math.max(theirPeak, peak);
    return seconds;
  },
);
const { ours, theirs, ratio } = summarise(measured);
const piece = (name: string) => rounded((steps.get(name) ?? []).sort((a, b) => a - b)[rounds >> 1] ?? Number.NaN, 0);
report('large-job', `The main job on ${rows} rows x 30 numbers, LR, 10 epochs, medians of ${rounds} pairs`, [
  {
    'ours (s)': rounded(ours),
    'scikit-learn (s)': rounded(theirs),
    ratio: rounded(ratio),
    'transfer (ms)': piece('transfer'),
    'upload (ms)': piece('upload'),
    'preprocess (ms)': piece('preprocess'),
    'train (ms)': piece('train'),
    'peak of our server (MB)': rounded(ourPeak, 0),
    'their peak (MB)': rounded(theirPeak, 0),
  },
]);

function note(name: string, ms: number): void {
  steps.set(name, [...(steps.get(name) ?? []), ms]);
}
