/** Second step: from the file to a table of numbers that a model can be trained on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../contract/errors.js';
import { isContinuous, targetFault } from '../contract/target.js';
import type { StepOutput } from '../contract/tasks.js';
import { CsvReader } from '../csv/index.js';
import { adopt, earlierFile, preprocessingFile, profileFile, store } from './artifacts.js';
import type { StepContext } from './context.js';
import { fileChunks } from './file-chunks.js';
import { type Classes, checkClasses, classesOf } from './preprocess/classes.js';
import { fitFeatures } from './preprocess/features.js';
import { TableKernel } from './preprocess/kernels/table-kernel.js';
import { type LeftOut, makePlan, type Plan } from './preprocess/plan.js';
import { type Table, TableReader } from './preprocess/table-reader.js';
import { processedFile, writeProcessed } from './preprocess/write-processed.js';
import { WritingThread } from './preprocess/writing-thread.js';
import { type Split, splitRows } from './split.js';
import { throttle } from './throttle.js';
import type { ReadingProfile } from './upload.js';

/** Names that a result lists at most; `preprocessing.json` has all of them. */
const listedNames = 1000;
/** Columns left out that are logged one by one. */
const loggedColumns = 50;
/** Fewer are fitted and written before another thread could come. */
const leastFields = 1 << 18;
/** Fewer are written by the process's pool: 16 MB at the least take longer than a thread needs to come. */
const leastWrittenFields = 1 << 21;

/**
 * Reads the columns that are learned from, drops rows without a target (and, with `missing: drop`, every row
 * with a missing value in any column of the file), splits what is left in file order, fits the transforms on
 * the training rows alone, and writes all rows transformed.
 *
 * Leaves `processed.pkl` (an artifact) and `preprocessing.json` (the fitted transforms, for the next step).
 * @throws AppError `TARGET_*`, `COLUMN_UNKNOWN`, `CSV_VALUE_NOT_NUMERIC`, `CSV_NOT_FINITE`, `FEATURES_NONE`,
 *   `FEATURES_TOO_MANY`, `ROWS_ALL_DROPPED`, `CSV_TOO_FEW_ROWS`, `CLASS_TOO_SMALL`, `CLASS_WEIGHT_UNKNOWN`,
 *   `SPLIT_TOO_SMALL`, `TRAIN_ONE_CLASS`, `STORAGE_FULL`
 */
export async function preprocess(context: StepContext): Promise<StepOutput> {
  const { config } = context.input;
  const { dialect, profile } = await readProfile(context);
  const decimal = dialect.decimal.charCodeAt(0);
  const plan = makePlan(profile, config.target, config.preprocessing);
  const fault = targetFault(plan.target, profile.rows);
  // A measurement is refused by the reader, with an example and its line.
  if (fault !== null && fault.code !== 'TARGET_CONTINUOUS') throw new AppError(fault.code, fault.params);
  logLeftOut(context, plan.leftOut);

  const refuseTarget = isContinuous(plan.target, profile.rows - plan.target.missing);
  const spillPath = join(context.scratch, 'numbers');
  const fields = profile.rows * (plan.numeric.length + plan.categorical.length);
  const kernel = fields < leastFields ? null : TableKernel.open(context);
  const table = new TableReader(plan, dialect, profile.rows, spillPath, context.memoryBytes / 2, kernel, refuseTarget);
  let writer: WritingThread | null = null;
  try {
    await readTable(context, new CsvReader(dialect, table, { kernels: context.kernels, threads: context.threads }));
    kernel?.summon();
    // It comes while the columns are fitted.
    if (kernel !== null && kernel.threads > 1 && fields >= leastWrittenFields) writer = new WritingThread(kernel);
    return await fitAndWrite(context, plan, table, decimal, writer);
  } finally {
    await writer?.close();
    kernel?.close();
    table.numeric.close();
  }
}

async function fitAndWrite(
  context: StepContext,
  plan: Plan,
  table: Table,
  decimal: number,
  writer: WritingThread | null,
): Promise<StepOutput> {
  const { config, dataset } = context.input;
  checkRows(context, table);
  const classes = classesOf(table.target, plan.target.kind, decimal);
  checkClasses(context, classes, config.preprocessing);
  const split = splitRows(config, classes.codes, classes.labels.length);
  checkSplit(classes, split);
  const rows = {
    total: table.total,
    dropped: table.total - table.rows,
    train: split.train.length,
    validation: split.validation.length,
  };
  context.log('info', 'splitMade', { train: rows.train, validation: rows.validation });

  const features = fitFeatures(context, plan, table, classes, split.train, decimal);
  const { numeric, categorical, featureNames } = features.fitted;
  logLeftOut(context, features.leftOut);
  context.log('info', 'featuresMade', {
    features: features.features,
    numeric: numeric.length,
    categorical: categorical.length,
  });
  const meta = {
    dataset: { fileName: dataset.fileName, sha256: dataset.sha256 },
    rows,
    testSize: config.params.test_size,
    randomState: config.params.random_state,
    preprocessing: config.preprocessing,
  };
  const written = await writeProcessed(context, table.numeric, features, classes, meta, writer);
  const files = [
    await adopt(context, processedFile, written),
    await store(context, preprocessingFile, JSON.stringify(features.fitted)),
  ];
  const leftOut = [...plan.leftOut, ...features.leftOut];
  const result = {
    rows: { ...rows, withoutTarget: table.withoutTarget, withMissing: table.withMissing },
    features: features.features,
    featureNames: featureNames.slice(0, listedNames),
    classes: classes.labels,
    classCounts: Array.from(classes.counts),
    columns: {
      numeric: numeric.slice(0, listedNames).map(({ column }) => column),
      categorical: categorical.slice(0, listedNames).map(({ column }) => column),
      leftOut: leftOut.slice(0, listedNames),
    },
  };
  return { result, files };
}

async function readProfile(context: StepContext): Promise<ReadingProfile> {
  const reading: ReadingProfile = JSON.parse(await readFile(await earlierFile(context, profileFile), 'utf8'));
  return reading;
}

async function readTable(context: StepContext, reader: CsvReader): Promise<void> {
  const { files, input, signal } = context;
  const total = input.dataset.sizeBytes;
  const report = throttle((done: number) => context.progress({ done, total, unit: 'bytes' }));
  let done = 0;
  try {
    for await (const chunk of fileChunks(await files.localPath(input.dataset.file), signal, () => reader.room())) {
      reader.push(chunk);
      done += chunk.length;
      report(done);
    }
    reader.finish();
  } finally {
    reader.close();
  }
}

/** @throws AppError `ROWS_ALL_DROPPED`, `CSV_TOO_FEW_ROWS` */
function checkRows(context: StepContext, { total, rows, withoutTarget, withMissing }: Table): void {
  if (rows === 0) throw new AppError('ROWS_ALL_DROPPED', { withoutTarget, withMissing });
  if (rows < total) context.log('warning', 'rowsDropped', { count: total - rows, withoutTarget, withMissing });
  if (rows < 2) throw new AppError('CSV_TOO_FEW_ROWS', { rows, least: 2 });
}

/** @throws AppError `TRAIN_ONE_CLASS` */
function checkSplit({ codes, labels }: Classes, { train }: Split): void {
  const first = codes[train[0] ?? 0] ?? 0;
  if (train.some((row) => codes[row] !== first)) return;
  throw new AppError('TRAIN_ONE_CLASS', { rows: train.length, label: String(labels[first] ?? '') });
}

const leftOutCodes = {
  constant: 'columnConstant',
  identifier: 'columnIdentifier',
  empty: 'columnEmpty',
} satisfies Record<Exclude<LeftOut['reason'], 'chosen'>, string>;

function logLeftOut(context: StepContext, leftOut: Plan['leftOut']): void {
  let logged = 0;
  let more = 0;
  for (const { column, reason } of leftOut) {
    if (reason === 'chosen') continue;
    if (logged++ < loggedColumns) context.log('info', leftOutCodes[reason], { column });
    else more++;
  }
  if (more > 0) context.log('info', 'columnsLeftOutMore', { count: more });
}
