/**
 * One epoch of training with all four scores, ours beside scikit-learn's in the same minute on the same rows.
 *
 *   npx tsx bench/kernels.ts [--rounds 5] [--only 'binary 10k'] [--keep]
 *
 * With `--keep` the rows of works that were not measured stay as the last run left them.
 * Each round times two stretches of epochs of ours on one thread, two on two threads, then one of each peer; a stretch
 * is as many epochs, one after the other as in a training, as take 100 ms at least, and its figure their mean. Of two
 * stretches the better counts. scikit-learn runs with one and with two threads of OpenBLAS (the linear models use them
 * for scores alone); the better of the two counts. Two threads of ours want a second core that nobody else uses.
 * The strict ratios are against scikit-learn with the two accuracies only, while ours still works out the losses.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTrainer, type Trainer } from '../src/learn/index.js';
import type { EstimatorSpec } from '../src/learn/types.js';
import { kernelThreads } from '../src/worker/kernel-threads.js';
import { findPython } from '../test/support/python.js';
import { median, report, reported, rounded } from './support.js';

interface Work {
  name: string;
  rows: number;
  columns: number;
  classes: number;
  models: EstimatorSpec['model'][];
  batchSize: number;
  /** Of LR and SVM; `l2` unless said. */
  penalty?: 'l2' | 'l1' | 'elasticnet';
  /** The goal for one thread, by model; none: 0. */
  goal: number[];
  /** The goal for two threads; 0: none. */
  goalOfTwo: number;
}

const linear: EstimatorSpec['model'][] = ['LR', 'SVM', 'PER', 'PA'];
const binary = { classes: 2, models: linear, batchSize: 0, goal: [6, 6, 8, 8], goalOfTwo: 0 };
const works: Work[] = [
  { name: 'binary 10k x 30', rows: 10_000, columns: 30, ...binary },
  { name: 'binary 200k x 50', rows: 200_000, columns: 50, ...binary },
  { name: 'binary 1M x 30', rows: 1_000_000, columns: 30, ...binary },
  ...(['l1', 'elasticnet'] as const).map((penalty) => ({
    name: `${penalty} 200k x 50`,
    rows: 200_000,
    columns: 50,
    ...binary,
    models: linear.slice(0, 2),
    penalty,
    goal: [],
  })),
  {
    name: '10 classes 100k x 50',
    rows: 100_000,
    columns: 50,
    classes: 10,
    models: linear,
    batchSize: 0,
    goal: [2.5, 2.5, 2.5, 2.5],
    goalOfTwo: 4,
  },
  ...[32, 200].flatMap((batchSize) =>
    [
      [10_000, 30, '10k x 30'],
      [200_000, 50, '200k x 50'],
    ].map(([rows, columns, size]) => ({
      name: `batch ${batchSize} ${size}`,
      rows: Number(rows),
      columns: Number(columns),
      classes: 2,
      models: ['MLP' as const],
      batchSize,
      goal: [batchSize === 32 ? 3 : 1.5],
      goalOfTwo: batchSize === 32 ? 5 : 2.5,
    })),
  ),
];

const sgd = {
  learning_rate_schedule: 'constant',
  power_t: 0.5,
  alpha: 0.0001,
  l1_ratio: 0.15,
  class_weight: null,
  random_state: 42,
} as const;

function specOf(model: EstimatorSpec['model'], { batchSize: batch_size, penalty = 'l2' }: Work): EstimatorSpec {
  if (model === 'PA') return { model, params: { C: 1, loss: 'hinge', class_weight: null, random_state: 42 } };
  if (model === 'PER') return { model, params: { ...sgd, penalty: 'none', learning_rate: 1 } };
  if (model !== 'MLP') return { model, params: { ...sgd, penalty, learning_rate: 0.01 } };
  const network = {
    hidden_layer_sizes: [100],
    activation: 'relu',
    solver: 'sgd',
    momentum: 0.9,
    alpha: 0.0001,
  } as const;
  return { model, params: { ...network, learning_rate: 0.01, batch_size, random_state: 42 } };
}

/** Rows around a centre a class with much noise, so that no model gets all of them right. */
function makeRows(rows: number, columns: number, classes: number, seed: number) {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 4294967296;
  };
  const centre = (k: number, j: number): number => Math.sin(12.9898 * (k + 1) * (j + 1)) * 0.35;
  const y = Int32Array.from({ length: rows }, () => Math.floor(uniform() * classes));
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      data[i * columns + j] = centre(y[i] ?? 0, j) + (uniform() + uniform() + uniform() - 1.5) * 2;
    }
  }
  return { x: { data, rows, columns }, y };
}

/** Epochs of a stretch take so long together, at least. */
const stretchMs = 100;

/** Seconds of an epoch. */
interface Answer {
  fit: number;
  accuracies: number;
  losses: number;
}

/** A scikit-learn that trains a stretch of epochs when asked. */
class Peer {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  constructor(python: string, threads: number, spec: object) {
    const script = fileURLToPath(new URL('./peers/kernels.py', import.meta.url));
    const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) };
    this.child = spawn(python, [script, JSON.stringify(spec)], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.child.stdout) throw new Error('no pipe');
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }
  async stretch(): Promise<Answer> {
    const sum = { fit: 0, accuracies: 0, losses: 0 };
    let epochs = 0;
    for (; epochs === 0 || sum.fit + sum.accuracies + sum.losses < stretchMs / 1000; epochs++) {
      this.child.stdin?.write('epoch\n');
      const { value } = await this.lines.next();
      const { fit, accuracies, losses }: Answer = JSON.parse(value);
      sum.fit += fit;
      sum.accuracies += accuracies;
      sum.losses += losses;
    }
    return { fit: sum.fit / epochs, accuracies: sum.accuracies / epochs, losses: sum.losses / epochs };
  }
  async close(): Promise<void> {
    this.child.stdin?.end();
    await once(this.child, 'exit');
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const python = findPython();
if (!python) throw new Error('needs a Python with scikit-learn');

async function measure(work: Work, model: EstimatorSpec['model'], goal: number, directory: string) {
  const train = makeRows(Math.round(work.rows * 0.8), work.columns, work.classes, 1);
  const validation = makeRows(Math.round(work.rows * 0.2), work.columns, work.classes, 2);
  for (const [name, part] of Object.entries({ train, validation })) {
    writeFileSync(path.join(directory, `${name}.x`), part.x.data);
    writeFileSync(path.join(directory, `${name}.y`), part.y);
  }
  const shared = {
    rows: train.x.rows,
    validationRows: validation.x.rows,
    columns: work.columns,
    classes: work.classes,
    batchSize: work.batchSize,
    penalty: work.penalty ?? 'l2',
  };
  const peers = [1, 2].map((threads) => new Peer(python ?? '', threads, { ...shared, model, directory }));
  const began = performance.now();
  const classes = Array.from({ length: work.classes }, (_, k) => k);
  const spec = specOf(model, work);
  const trainers = [1, 2].map((count) =>
    createTrainer({ spec, classes, train, validation, threads: kernelThreads(count) }),
  );
  const setUp = (performance.now() - began) / trainers.length;
  const ours = (trainer: Trainer): number => {
    const start = performance.now();
    let epochs = 0;
    for (; epochs === 0 || performance.now() - start < stretchMs; epochs++) trainer.epoch();
    return (performance.now() - start) / epochs;
  };
  // Before the first measured round all sides warm up; a helping thread takes some tens of milliseconds to come.
  const warm = performance.now();
  for (let i = 0; i < 2 || performance.now() - warm < 300; i++) for (const trainer of trainers) ours(trainer);
  for (let i = 0; i < 2; i++) for (const peer of peers) await peer.stretch();
  const measured: { one: number; two: number; full: number; lean: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    // The peer has two runs to be best in, and so has each of ours.
    const [one = 0, two = 0] = trainers.map((trainer) => Math.min(ours(trainer), ours(trainer)));
    const answers: Answer[] = [];
    for (const peer of peers) answers.push(await peer.stretch());
    const best = (time: (answer: Answer) => number): number => 1000 * Math.min(...answers.map(time));
    const full = best((a) => a.fit + a.accuracies + a.losses);
    measured.push({ one, two, full, lean: best((a) => a.fit + a.accuracies) });
  }
  for (const trainer of trainers) trainer.close();
  for (const peer of peers) await peer.close();
  const middle = (pick: (m: (typeof measured)[number]) => number, digits?: number): number =>
    rounded(median(measured.map(pick)), digits);
  return {
    work: work.name,
    model,
    'one thread ms': middle((m) => m.one),
    'two ms': middle((m) => m.two),
    'sklearn ms': middle((m) => m.full),
    ratio: middle((m) => m.full / m.one, 1),
    goal: goal || '',
    'ratio of two': middle((m) => m.full / m.two, 1),
    'goal of two': work.goalOfTwo || '',
    'sklearn, accuracy only': middle((m) => m.lean),
    'strict ratio': middle((m) => m.lean / m.one, 1),
    'strict, two': middle((m) => m.lean / m.two, 1),
    'set-up ms': rounded(setUp, 0),
  };
}

const directory = mkdtempSync(path.join(tmpdir(), 'zincir-kernels-'));
mkdirSync(directory, { recursive: true });
try {
  const rows: Record<string, string | number>[] = [];
  for (const work of works.filter(({ name }) => name.includes(values.only))) {
    for (const [i, model] of work.models.entries()) {
      rows.push(await measure(work, model, work.goal[i] ?? 0, directory));
      console.error(JSON.stringify(rows.at(-1)));
    }
  }
  const known = values.keep ? [...rows, ...reported('kernels')] : rows;
  const all = works.flatMap(({ name, models }) =>
    models.flatMap((model) => known.filter((row) => row.work === name && row.model === model).slice(0, 1)),
  );
  report('kernels', 'One epoch with accuracy and loss of both parts (medians)', all);
} finally {
  rmSync(directory, { recursive: true });
}
