/** One run of training, in memory or by blocks: which of them, what it needs, and what it answers. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ProcessedHeader } from '../../artifacts/index.js';
import { AppError } from '../../contract/errors.js';
import {
  type BlockPlan,
  bytesInMemory,
  confusionMatrix,
  createBlockTrainer,
  createTrainer,
  planBlocks,
  predict,
} from '../../learn/index.js';
import type { EpochScores, FittedEstimator } from '../../learn/types.js';
import type { StepContext } from '../context.js';
import type { Checkpoint } from './checkpoint.js';
import { readHeader, readTrainingData } from './data.js';
import { openLaidFile } from './laid-file.js';

export interface Run {
  readonly header: ProcessedHeader;
  readonly trainRows: number;
  /** Null: in memory. */
  readonly plan: BlockPlan | null;
  /** See `Trainer.epoch`. */
  epoch(): EpochScores | Promise<EpochScores>;
  fitted(): FittedEstimator;
  /** The confusion matrix of the validation rows. */
  confusion(): number[][] | Promise<number[][]>;
  close(): Promise<void>;
}

/**
 * Opens `processed.pkl` for training. A run that goes on keeps the way it began with, whatever this worker's memory.
 * @throws AppError `MEMORY_TOO_SMALL`, `SPLIT_TOO_SMALL`; what the signal says
 */
export async function openRun(context: StepContext, path: string, resumed: Checkpoint | null): Promise<Run> {
  const file = await open(path, 'r');
  try {
    const header = await readHeader(file);
    const plan = resumed === null ? planFor(context, header) : resumed.plan;
    if (plan !== null) return await streamed(context, file, header, plan, resumed);
    const run = await inMemory(context, file, header, resumed);
    await file.close();
    return run;
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/** @returns null when training fits in memory. @throws AppError `MEMORY_TOO_SMALL` */
function planFor({ input, memoryBytes }: StepContext, { rows, features, classes }: ProcessedHeader): BlockPlan | null {
  const shape = { spec: input.config, classes: classes.length, rows, columns: features };
  if (bytesInMemory(shape) <= memoryBytes) return null;
  const plan = planBlocks(shape, memoryBytes);
  if (!('neededBytes' in plan)) return plan;
  throw new AppError('MEMORY_TOO_SMALL', { features, neededBytes: plan.neededBytes, memoryBytes });
}

/** What training in memory and by blocks are both told. */
function trainingOf(
  { input, kernels, threads }: StepContext,
  { classes }: ProcessedHeader,
  resumed: Checkpoint | null,
) {
  const epochs = input.config.params.epochs - (resumed?.metrics.length ?? 0);
  return { spec: input.config, classes, resume: resumed?.state, kernels, threads, epochs };
}

async function inMemory(
  context: StepContext,
  file: FileHandle,
  header: ProcessedHeader,
  resumed: Checkpoint | null,
): Promise<Run> {
  const { train, validation, room } = await readTrainingData(file, header, context);
  const trainer = createTrainer({
    train,
    validation,
    room,
    ...trainingOf(context, header, resumed),
  });
  return {
    header,
    trainRows: train.x.rows,
    plan: null,
    epoch: () => trainer.epoch(),
    fitted: () => trainer.fitted(),
    confusion: () => confusionMatrix(validation.y, predict(trainer.fitted(), validation.x), header.classes.length),
    close: async () => trainer.close(),
  };
}

async function streamed(
  context: StepContext,
  file: FileHandle,
  header: ProcessedHeader,
  plan: BlockPlan,
  resumed: Checkpoint | null,
): Promise<Run> {
  const { memoryBytes, log } = context;
  const source = await openLaidFile(context, file, header);
  const blockRows = Math.min(header.rows, plan.blockRows);
  log('info', 'trainingStreams', {
    memoryMegabytes: Math.floor(memoryBytes / 1024 ** 2),
    blocks: Math.ceil(header.rows / blockRows),
    blockRows,
  });
  const trainer = createBlockTrainer({
    source,
    plan,
    memoryBytes,
    ...trainingOf(context, header, resumed),
  });
  return {
    header,
    trainRows: source.trainRows,
    plan,
    epoch: () => trainer.epoch(),
    fitted: () => trainer.fitted(),
    confusion: () => trainer.confusion(),
    async close() {
      trainer.close();
      await source.close();
      await file.close();
    },
  };
}
