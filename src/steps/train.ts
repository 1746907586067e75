/** Third step: epochs, then the model and what is known about it. */
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { metricsCsv, modelJoblib, modelOnnx, reportJson } from '../artifacts/index.js';
import { type Metric, RowCounts, type TrainingResult } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { StepOutput } from '../contract/tasks.js';
import { classFigures, DivergedError } from '../learn/index.js';
import type { EpochScores, FittedPreprocessing } from '../learn/types.js';
import { earlierFile, preprocessingFile, store } from './artifacts.js';
import type { StepContext, StepHandler } from './context.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './train/checkpoint.js';
import { openRun, type Run } from './train/run.js';

export interface TrainOptions {
  /** Shortest time between two checkpoints; what a lost worker loses at most. */
  checkpointMs?: number;
  /** Shortest time between two reports of metrics. */
  metricsMs?: number;
}

/** Epochs that a run logs at most, beside their metrics. */
const loggedEpochs = 10;

/**
 * Trains epoch by epoch on `processed.pkl`, gives way to the event loop after each one, and ends with
 * `model.joblib`, `model.onnx`, `metrics.csv` and `report.json`; the result is a `TrainingResult`. Where training
 * takes more than the context's memory, every epoch reads the rows anew (docs/decisions/0004-rows-in-order-of-visit.md).
 *
 * A run that goes on from a checkpoint ends with the same bytes as one that was never interrupted. The best
 * epoch is the earliest of those with the highest validation accuracy; the model is that of the last epoch.
 * @throws AppError `DIVERGED` with the epoch, after a checkpoint of the one before; `MEMORY_TOO_SMALL`;
 *   `SPLIT_TOO_SMALL`; what the signal says, after a checkpoint if the worker stops
 */
export function trainHandler({ checkpointMs = 3000, metricsMs = 250 }: TrainOptions = {}): StepHandler {
  return async (context) => {
    const { config } = context.input;
    const preprocessing: FittedPreprocessing = JSON.parse(
      await readFile(await earlierFile(context, preprocessingFile), 'utf8'),
    );
    const resumed = await lastCheckpoint(context);
    const run = await openRun(context, await earlierFile(context, 'processed.pkl'), resumed);
    try {
      const { model, params } = config;
      const { features } = run.header;
      context.log('info', 'trainingStarted', { model, epochs: params.epochs, rows: run.trainRows, features });
      if (resumed !== null) context.log('info', 'trainingResumed', { epoch: resumed.epoch });
      const metrics = await runEpochs(context, run, resumed, { checkpointMs, metricsMs });
      return await finish(context, run, preprocessing, metrics);
    } finally {
      await run.close();
    }
  };
}

/** Null where there is none, or none that this version can read: to begin anew ends with the same bytes too. */
async function lastCheckpoint({ input, files, log }: StepContext): Promise<Checkpoint | null> {
  if (input.checkpoint === null) return null;
  const bytes = await readFile(await files.localPath(input.checkpoint));
  try {
    return readCheckpoint(bytes);
  } catch {
    log('warning', 'checkpointUnreadable');
    return null;
  }
}

async function runEpochs(
  context: StepContext,
  run: Run,
  resumed: Checkpoint | null,
  { checkpointMs, metricsMs }: Required<TrainOptions>,
): Promise<Metric[]> {
  const { signal } = context;
  const { epochs } = context.input.config.params;
  const metrics: Metric[] = [...(resumed?.metrics ?? [])];
  let reported = metrics.length;
  let reportAt = 0;
  let checkpointAt = performance.now() + checkpointMs;
  const report = (): void => {
    if (metrics.length > reported) context.metrics(metrics.slice(reported));
    reported = metrics.length;
    context.progress({ done: metrics.length, total: epochs, unit: 'epochs' });
    reportAt = performance.now() + metricsMs;
  };
  const logEvery = Math.ceil(epochs / loggedEpochs);
  let checkpointed = metrics.length;
  const save = async (): Promise<void> => {
    report(); // What a checkpoint covers has been reported before it: a later attempt does not report it again.
    if (metrics.length === checkpointed) return;
    await saveCheckpoint(context, run, metrics);
    checkpointed = metrics.length;
    checkpointAt = performance.now() + checkpointMs;
  };
  /** One epoch; when the run ends in it, what was reached before it is kept. */
  const trainEpoch = async (): Promise<EpochScores> => {
    try {
      signal.throwIfAborted();
      return await run.epoch();
    } catch (thrown) {
      report();
      if (signal.aborted) {
        if (signal.reason instanceof AppError && signal.reason.code === 'WORKER_STOPPED') await save();
        throw signal.reason;
      }
      if (!(thrown instanceof DivergedError)) throw thrown;
      await save().catch(() => undefined); // That it diverged says more than that it could not be kept.
      throw new AppError('DIVERGED', { epoch: thrown.epoch }, { cause: thrown });
    }
  };
  while (metrics.length < epochs) {
    await nextTurn();
    const epoch = metrics.length + 1;
    const scores = await trainEpoch();
    metrics.push({
      epoch,
      trainAccuracy: scores.train.accuracy,
      validationAccuracy: scores.validation.accuracy,
      trainLoss: scores.train.loss,
      validationLoss: scores.validation.loss,
    });
    if (epoch % logEvery === 0 || epoch === epochs) {
      context.log('info', 'epochReached', { epoch, epochs, accuracy: scores.validation.accuracy });
    }
    const now = performance.now();
    if (now >= reportAt || epoch === epochs) report();
    if (now >= checkpointAt && epoch < epochs) await save();
  }
  return metrics;
}

async function saveCheckpoint(context: StepContext, run: Run, metrics: readonly Metric[]): Promise<void> {
  const epoch = metrics.length;
  const { file } = await store(
    context,
    `checkpoint-${epoch}`,
    writeCheckpoint({ epoch, metrics, state: run.fitted().state, plan: run.plan }),
  );
  context.checkpoint(file, epoch);
}

async function finish(
  context: StepContext,
  run: Run,
  preprocessing: FittedPreprocessing,
  metrics: readonly Metric[],
): Promise<StepOutput> {
  const { config, dataset } = context.input;
  const { classes, features } = run.header;
  const fitted = run.fitted();
  const matrix = await run.confusion();
  const figures = classFigures(matrix);
  const perClass = classes.map((label: string | number, k: number) => ({
    class: label,
    ...(figures[k] ?? { precision: 0, recall: 0, f1: 0, support: 0 }),
  }));
  const result: TrainingResult = {
    ...summary(metrics),
    confusionMatrix: matrix,
    perClass,
    classes: [...classes],
    rows: rowCounts(context),
    features,
  };
  const { model, params } = config;
  const origin = { dataset: { fileName: dataset.fileName, sha256: dataset.sha256 }, model, params };
  const modelFile = await store(context, 'model.joblib', modelJoblib(fitted, preprocessing, origin));
  context.log('info', 'modelWritten', { sizeBytes: modelFile.sizeBytes });
  const onnx = modelOnnx(fitted, preprocessing, origin);
  if (onnx === null) context.log('warning', 'onnxTooLong');
  const { trainAccuracy, validationAccuracy, trainLoss, validationLoss, bestEpoch, bestValidationAccuracy } = result;
  const report = reportJson({
    workflow: { id: context.input.workflowId, ...origin, preprocessing: config.preprocessing },
    rows: result.rows,
    features,
    featureNames: preprocessing.featureNames,
    target: config.target,
    classes,
    confusionMatrix: matrix,
    perClass,
    metrics: {
      epochs: metrics.length,
      trainAccuracy,
      validationAccuracy,
      trainLoss,
      validationLoss,
      bestEpoch,
      bestValidationAccuracy,
    },
  });
  const files = [
    modelFile,
    ...(onnx === null ? [] : [await store(context, 'model.onnx', onnx)]),
    await store(context, 'metrics.csv', metricsCsv(metrics)),
    await store(context, 'report.json', report),
  ];
  return { result, files };
}

function summary(metrics: readonly Metric[]) {
  const last = metrics.at(-1);
  if (last === undefined) throw new Error('a run has at least one epoch');
  const best = metrics.reduce((a, b) => (b.validationAccuracy > a.validationAccuracy ? b : a));
  const { trainAccuracy, validationAccuracy, trainLoss, validationLoss } = last;
  return {
    trainAccuracy,
    validationAccuracy,
    trainLoss,
    validationLoss,
    bestEpoch: best.epoch,
    bestValidationAccuracy: best.validationAccuracy,
  };
}

function rowCounts({ input }: StepContext): TrainingResult['rows'] {
  const { total, dropped, train, validation } = RowCounts.parse(input.results.preprocess?.rows);
  return { total, dropped, train, validation };
}

export const train = trainHandler();
