/**
 * CSV intake beside pandas (each that ./pandas.ts finds): the preprocess step (file to `processed.pkl`), and the upload
 * step (hash and whole profile) that has no peer.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { z } from 'zod';
import { settleConfig, WorkflowConfigInput } from '../src/contract/config.js';
import { type StepInput, StepOutput } from '../src/contract/tasks.js';
import { sniffHead } from '../src/csv/index.js';
import { createFileStorage } from '../src/storage/filesystem.js';
import { root } from '../test/support/program.js';
import { pandasPeers } from './pandas.js';
import { median, pairs, report, rounded, summarise } from './support.js';
import { largeTable } from './tables.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const peers = pandasPeers();

const Measured = z.object({ seconds: z.number(), processorSeconds: z.number(), peakMegabytes: z.number() });
const MeasuredStep = Measured.extend({ output: StepOutput });

const directory = mkdtempSync(path.join(tmpdir(), 'zincir-intake-'));
const child = path.join(directory, 'child.mjs');
await build({
  entryPoints: [path.join(root, 'bench/children/intake.ts')],
  outfile: child,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});

const works = (
  [
    { kind: 'numbers', columns: [30, 0], missing: 'drop' },
    { kind: 'mixed', columns: [20, 10], missing: 'impute' },
  ] as const
).filter(({ kind }) => kind.includes(process.env.BENCH_KIND ?? ''));

const table: Record<string, string | number>[] = [];
for (const { kind, columns, missing } of works) {
  const csv = await largeTable(rows, columns[0], columns[1]);
  const storage = path.join(directory, kind);
  mkdirSync(storage);
  const prepared = await prepare(storage, csv, missing);
  const uploads: z.infer<typeof Measured>[] = [];
  let files: StepOutput['files'] = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    const upload = step(storage, { ...prepared, name: 'upload' });
    uploads.push(upload);
    files = upload.output.files;
  }
  for (const { python, name } of peers) {
    const ours: z.infer<typeof Measured>[] = [];
    const theirs: z.infer<typeof Measured>[] = [];
    const timed = await pairs(
      rounds,
      async () => {
        const measured = step(storage, { ...prepared, name: 'preprocess', files });
        ours.push(measured);
        return measured.seconds;
      },
      async () => {
        const measured = peer(python, csv, kind);
        theirs.push(measured);
        return measured.seconds;
      },
    );
    const clock = summarise(timed);
    const middle = (runs: typeof ours, figure: keyof z.infer<typeof Measured>) =>
      median(runs.map((run) => run[figure]));
    table.push({
      table: `${rows} rows, ${kind}`,
      peer: name,
      'preprocess (s)': rounded(clock.ours),
      'peer (s)': rounded(clock.theirs),
      ratio: rounded(clock.ratio),
      'ours, processor (s)': rounded(middle(ours, 'processorSeconds')),
      'theirs, processor (s)': rounded(middle(theirs, 'processorSeconds')),
      'ours, peak (MB)': rounded(middle(ours, 'peakMegabytes'), 0),
      'theirs, peak (MB)': rounded(middle(theirs, 'peakMegabytes'), 0),
      'upload step (s)': rounded(middle(uploads, 'seconds')),
      'upload, peak (MB)': rounded(middle(uploads, 'peakMegabytes'), 0),
    });
  }
}
rmSync(directory, { recursive: true });
report('intake', `CSV intake, medians of ${rounds} pairs`, table);

/** Stores the table as a dataset and says what a step of a workflow over it is given. */
async function prepare(storage: string, csv: string, missing: 'drop' | 'impute'): Promise<StepInput> {
  const stored = await createFileStorage(storage).write((sha256) => `datasets/${sha256}`, createReadStream(csv));
  const file = await open(csv);
  const head = new Uint8Array(1 << 20);
  const { bytesRead } = await file.read(head);
  await file.close();
  const whole = bytesRead === stored.sizeBytes;
  const { dialect, profile } = await sniffHead(head.subarray(0, bytesRead), { whole, reading: {} });
  const asked = WorkflowConfigInput.parse({ model: 'LR', target: 'y', preprocessing: { missing } });
  const { name: storedName, ...identity } = stored;
  return {
    stepId: 1,
    workflowId: 1,
    name: 'upload',
    attempt: 1,
    config: settleConfig(asked).config,
    dataset: { id: 1, fileName: path.basename(csv), file: storedName, ...identity, dialect, profile },
    results: {},
    files: [],
    checkpoint: null,
  };
}

function step(storage: string, input: StepInput): z.infer<typeof MeasuredStep> {
  const inputPath = path.join(directory, 'input.json');
  writeFileSync(inputPath, JSON.stringify(input));
  return MeasuredStep.parse(run(process.execPath, [child, storage, inputPath]));
}

function peer(python: string, csv: string, kind: string): z.infer<typeof Measured> {
  const script = path.join(root, 'bench/peers/intake.py');
  return Measured.parse(run(python, [script, csv, kind, path.join(directory, 'peer.pkl')]));
}

function run(program: string, args: string[]): unknown {
  const ended = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout);
}
