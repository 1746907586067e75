import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { type Chain, startChain } from '../../test/support/chain.js';
import { later } from '../../test/support/later.js';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import type { WorkflowConfigInput } from '../contract/config.js';
import { TrainingResult } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { ModelCode } from '../contract/models.js';
import type { StepOutput } from '../contract/tasks.js';
import { readCheckpoint, writeCheckpoint } from './train/checkpoint.js';
import { trainHandler } from './train.js';

const python = findPython();
const chains: Chain[] = [];
afterAll(async () => {
  await Promise.all(chains.splice(0).map((chain) => chain.remove()));
});

const penguins = () => readFile(new URL('../../examples/penguins.csv', import.meta.url));

async function prepared(config: Partial<WorkflowConfigInput> & { model: ModelCode }): Promise<Chain> {
  const chain = await startChain(await penguins(), { target: 'species', ...config } as WorkflowConfigInput);
  chains.push(chain);
  await chain.run('upload');
  await chain.run('preprocess');
  return chain;
}

const hashes = ({ files }: StepOutput) => files.map(({ name, sha256 }) => ({ name, sha256 }));
const models: ModelCode[] = ['LR', 'SVM', 'PER', 'PA', 'MLP'];

describe('a run', () => {
  test.each(models)('of %s ends with scores, figures and files that agree with each other', async (model) => {
    const chain = await prepared({ model, params: { epochs: 12 } });
    const { result, files } = await chain.run('train');
    const summary = TrainingResult.parse(result);
    const { metrics, progress, logs } = chain.said;
    expect(metrics.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(progress.at(-1)).toEqual({ done: 12, total: 12, unit: 'epochs' });
    expect(summary.validationAccuracy).toBe(metrics.at(-1)?.validationAccuracy);
    const best = Math.max(...metrics.map(({ validationAccuracy }) => validationAccuracy));
    expect(summary).toMatchObject({
      bestValidationAccuracy: best,
      bestEpoch: metrics.find(({ validationAccuracy }) => validationAccuracy === best)?.epoch,
      classes: ['Adelie', 'Chinstrap', 'Gentoo'],
      rows: { total: 344, dropped: 0, train: 275, validation: 69 },
      features: 10,
    });
    const hits = summary.confusionMatrix.reduce((sum, row, k) => sum + (row[k] ?? 0), 0);
    expect(hits / 69).toBeCloseTo(summary.validationAccuracy, 12);
    expect(files.map(({ name }) => name)).toEqual(['model.joblib', 'model.onnx', 'metrics.csv', 'report.json']);
    expect((await readFile(await chain.path('metrics.csv'), 'utf8')).split('\n')).toHaveLength(14);
    expect(logs.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['trainingStarted', 'epochReached', 'modelWritten']),
    );
  });

  test.each(models)('of %s that goes on from any checkpoint ends with the same bytes', async (model) => {
    const chain = await prepared({ model, params: { epochs: 6 } });
    const undisturbed = await chain.run('train', { handler: trainHandler({ checkpointMs: 0 }) });
    const { checkpoints, metrics } = chain.said;
    expect(checkpoints.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    for (const { file, epoch } of checkpoints) {
      const before = metrics.length;
      const resumed = await chain.run('train', { checkpoint: file, attempt: epoch + 1 });
      expect(hashes(resumed)).toEqual(hashes(undisturbed));
      expect(resumed.result).toEqual(undisturbed.result);
      expect(metrics.slice(before)).toEqual(metrics.slice(epoch, 6));
      expect(chain.said.logs).toContainEqual({ level: 'info', code: 'trainingResumed', params: { epoch } });
    }
  });

  test('that finds the checkpoint of a newer version begins anew and ends with the same bytes', async () => {
    const chain = await prepared({ model: 'LR', params: { epochs: 3 } });
    const undisturbed = await chain.run('train');
    const { name } = await chain.files.write(
      'workflows/1/train-1/checkpoint-2',
      Readable.from([Buffer.from('ZINCIRC9')]),
    );
    const anew = await chain.run('train', { checkpoint: name, attempt: 2 });
    expect(hashes(anew)).toEqual(hashes(undisturbed));
    expect(chain.said.logs).toContainEqual({ level: 'warning', code: 'checkpointUnreadable', params: {} });
  });

  test('that diverges names the epoch and keeps the scores before it', async () => {
    const chain = await prepared({
      model: 'MLP',
      params: { epochs: 50, learning_rate: 1e12 },
      preprocessing: { columns: { body_mass_g: { scale: 'none' } } },
    });
    const error = await chain.run('train').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DIVERGED' });
    expect(error instanceof AppError && error.params).toEqual({ epoch: chain.said.metrics.length + 1 });
  });

  test('that is told to stop writes a checkpoint, and goes on from there to the same bytes', async () => {
    const chain = await prepared({ model: 'LR', params: { epochs: 4000 } });
    const undisturbed = await chain.run('train');
    const control = new AbortController();
    const before = chain.said.metrics.length;
    const handler = trainHandler({ metricsMs: 0 });
    const stopping = later(chain.run('train', { signal: control.signal, attempt: 2, handler }));
    while (chain.said.metrics.length < before + 3) await new Promise((resolve) => setImmediate(resolve));
    control.abort(new AppError('WORKER_STOPPED', { worker: 'w', step: 'train' }));
    await expect(stopping).rejects.toMatchObject({ code: 'WORKER_STOPPED' });
    const checkpoint = chain.said.checkpoints.at(-1)?.file;
    const resumed = await chain.run('train', { checkpoint, attempt: 3 });
    expect(hashes(resumed)).toEqual(hashes(undisturbed));
  });

  test('that is cancelled ends at once and writes nothing', async () => {
    const chain = await prepared({ model: 'LR', params: { epochs: 1_000_000 } });
    const control = new AbortController();
    const running = later(chain.run('train', { signal: control.signal, handler: trainHandler({ metricsMs: 0 }) }));
    while (chain.said.metrics.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    const asked = performance.now();
    control.abort(new AppError('CANCELLED', { id: 7 }));
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(chain.said.checkpoints).toEqual([]);
  });

  test('gives way to the event loop between epochs', async () => {
    const chain = await prepared({ model: 'LR', params: { epochs: 2000 } });
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await chain.run('train');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});

test('upload and preprocess end when they are cancelled', async () => {
  const chain = await startChain(await penguins(), { model: 'LR', target: 'species' });
  chains.push(chain);
  const cancelled = AbortSignal.abort(new AppError('CANCELLED', { id: 7 }));
  await expect(chain.run('upload', { signal: cancelled })).rejects.toMatchObject({ code: 'CANCELLED' });
  await chain.run('upload');
  await expect(chain.run('preprocess', { signal: cancelled })).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a checkpoint is read back to the last bit', () => {
  const values = Float64Array.of(0.1, -0, 5e-324, 1.7976931348623157e308, 1 / 3, Math.PI);
  const matrix = { data: values, rows: 2, columns: 3 };
  const metric = { epoch: 1, trainAccuracy: 1 / 3, validationAccuracy: 0.7, trainLoss: 1e-300, validationLoss: 12.5 };
  const linear = { kind: 'linear' as const, coef: matrix, intercept: Float64Array.of(1, -0), t: 276 };
  for (const plan of [null, { blockRows: 40 }]) {
    const checkpoint = { epoch: 1, metrics: [metric], state: linear, plan };
    expect(readCheckpoint(writeCheckpoint(checkpoint))).toEqual(checkpoint);
  }
  expect(() => readCheckpoint(new Uint8Array(64))).toThrow('not a checkpoint');
});

describe.skipIf(python === null)(`with scikit-learn (${pythonMissing})`, () => {
  test.each([
    { missing: 'impute', target: 'species' },
    { missing: 'drop', target: 'species' },
    { missing: 'impute', target: 'year' },
  ] as const)(
    'model.joblib predicts on the raw table what the run reported ($missing, $target)',
    async ({ missing, target }) => {
      const chain = await prepared({ model: 'LR', target, params: { epochs: 5 }, preprocessing: { missing } });
      const { result } = await chain.run('train');
      const program = `
import json, sys, warnings, joblib, pandas as pd
from sklearn.model_selection import train_test_split
q = json.load(sys.stdin)
df = pd.read_csv(q['csv'], keep_default_na=False, na_values=['', 'NA'])
if q['missing'] == 'drop': df = df.dropna()
for c in ('island', 'sex', 'species'): df[c] = df[c].astype(object)
X, y = df.drop(columns=q['target']), df[q['target']]
model = joblib.load(q['model'])
a, b, c, d = train_test_split(X, y, test_size=0.2, random_state=42)
print(json.dumps([model.score(a, c), model.score(b, d)]))`;
      const scores = runPython<number[]>(python ?? '', program, {
        csv: await chain.files.localPath(chain.input('upload').dataset.file),
        model: await chain.path('model.joblib'),
        missing,
        target,
      });
      expect(scores[0]).toBeCloseTo(Number(result.trainAccuracy), 12);
      expect(scores[1]).toBeCloseTo(Number(result.validationAccuracy), 12);
    },
  );
});
