import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { Dialect, settleConfig, WorkflowConfigInput } from '../../contract/config.js';
import type { Dataset } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import { type ModelCode, modelCodes } from '../../contract/models.js';
import { sizeOf } from '../client.js';
import { type CommandMaker, makeCommand } from '../command.js';
import { conclude } from '../conclude.js';
import { type Context, type Session, withSession } from '../context.js';
import { followWorkflow } from '../follow.js';
import { makeDirectory } from '../make-directory.js';
import { printable } from '../paint.js';
import { parseSetting, parseValue } from '../params.js';
import { parseReading, type ReadingFlags } from '../reading.js';
import { renderPairs } from '../table.js';
import { parseChoice, parseCount } from '../usage.js';

interface TrainOptions extends ReadingFlags {
  target?: string;
  model?: string;
  epochs?: string;
  learningRate?: string;
  batchSize?: string;
  testSize?: string;
  randomState?: string;
  drop?: string[];
  set?: string[];
  missing?: string;
  name?: string;
  priority?: string;
  out?: string;
  json?: boolean;
}

export const trainCommand: CommandMaker = (context, finish) => {
  const { args, options } = context.texts;
  return makeCommand(context, 'train', [
    'train penguins.csv --target species',
    'train penguins.csv --target species --model MLP --epochs 20 --out out',
    'train iris.csv --model SVM --set alpha=0.001 penalty=l1 --drop id --json > run.json',
    'train wine.csv --model MLP --set hidden_layer_sizes=64,32 --learning-rate 0.05',
    "train export.csv --delimiter ';' --decimal comma --encoding windows-1254 --no-header",
  ])
    .argument('<file>', args.file)
    .option('--target <column>', options.target)
    .option('--model <code>', context.say(options.model, { models: modelCodes.join(', ') }))
    .option('--epochs <number>', options.epochs)
    .option('--learning-rate <number>', options.learningRate)
    .option('--batch-size <number>', options.batchSize)
    .option('--test-size <share>', options.testSize)
    .option('--random-state <number>', options.randomState)
    .option('--drop <column...>', options.drop)
    .option('--set <name=value...>', options.set)
    .option('--missing <how>', options.missing)
    .option('--delimiter <character>', options.delimiter)
    .option('--encoding <name>', context.say(options.encoding, { names: Dialect.shape.encoding.options.join(', ') }))
    .option('--decimal <mark>', options.decimal)
    .option('--no-header', options.noHeader)
    .option('--name <text>', options.name)
    .option('--priority <number>', options.priority)
    .option('--out <directory>', options.out)
    .option('--json', options.json)
    .action(async (file: string, flags: TrainOptions) => finish(await train(context, file, flags)));
};

/** Stands for a target that is not named: no column is called so. */
const unnamed = '\0';

async function train(context: Context, file: string, flags: TrainOptions): Promise<number> {
  const sizeBytes = await sizeOf(file);
  const plan = planOf(context, flags);
  const priority = flags.priority === undefined ? undefined : parseCount(context, '--priority', flags.priority, 0, 9);
  const { reading } = plan.preprocessing;
  // What is wrong with the hyperparameters or the output directory is said before anything is sent.
  settleConfig(WorkflowConfigInput.parse({ ...plan, target: flags.target ?? unnamed }));
  if (flags.out !== undefined) await ensureWritable(flags.out);

  return withSession(context, async (session) => {
    const shown = { file: printable(path.basename(file)), size: context.format.bytes(sizeBytes) };
    context.note(context.say(context.texts.train.uploading, shown));
    const dataset = await session.client.upload(file, reading);
    const target = flags.target ?? (await lastColumn(context, session, dataset, plan));
    context.interruption.signal.throwIfAborted();
    // From here on Ctrl-C must know the workflow, to cancel it or to say how it is taken up again.
    const id = await session.clientFor().createWorkflow({
      datasetId: dataset.id,
      ...(flags.name === undefined ? {} : { name: flags.name }),
      config: { ...plan, target },
      ...(priority === undefined ? {} : { priority }),
    });
    await showHeader(context, session, id, dataset);
    return conclude(context, session, await followWorkflow(context, session, id), flags);
  });
}

/** The config that the flags ask for, but for the target. @throws AppError `USAGE` */
function planOf(context: Context, flags: TrainOptions) {
  const model: ModelCode = parseChoice(context, '--model', flags.model ?? 'LR', modelCodes);
  const params: Record<string, unknown> = {};
  for (const text of flags.set ?? []) {
    const { name, value } = parseSetting(context.language, text);
    params[name] = value;
  }
  const named = {
    epochs: flags.epochs,
    learning_rate: flags.learningRate,
    batch_size: flags.batchSize,
    test_size: flags.testSize,
    random_state: flags.randomState,
  };
  for (const [name, text] of Object.entries(named)) {
    if (text !== undefined) params[name] = parseValue(name, text);
  }
  const columns = Object.fromEntries((flags.drop ?? []).map((column) => [column, { use: false }]));
  const missing = parseChoice(context, '--missing', flags.missing ?? 'impute', ['impute', 'drop'] as const);
  return { model, params, preprocessing: { missing, columns, reading: parseReading(context, flags) } };
}

/** The last column that is not to be left out. */
async function lastColumn(
  context: Context,
  { client }: Session,
  dataset: Dataset,
  { preprocessing: { columns, reading } }: ReturnType<typeof planOf>,
): Promise<string> {
  // A dataset that was known before may have been detected otherwise than it is read here.
  const read = Object.keys(reading).length > 0 ? (await client.preview(dataset.id, reading)).columns : null;
  const names = read ?? dataset.columns.map(({ name }) => name);
  const target = names.findLast((name) => !Object.hasOwn(columns, name)) ?? names.at(-1) ?? '';
  context.note(context.notePaint.yellow(context.say(context.texts.train.lastColumn, { target: printable(target) })));
  return target;
}

async function showHeader(context: Context, session: Session, id: number, dataset: Dataset): Promise<void> {
  const { texts, terms, format } = context;
  const workflow = await session.clientFor().workflow(id);
  const { model, target } = workflow.config;
  const columns = { id: String(dataset.id), columns: dataset.columns.length };
  const known = context.say(dataset.duplicate ? texts.train.known : texts.train.uploaded, columns);
  const pairs = renderPairs([
    [texts.train.file, `${printable(dataset.fileName)} (${format.bytes(dataset.sizeBytes)})`],
    [texts.train.target, printable(target)],
    [texts.train.model, `${model} – ${terms.models[model]}`],
    [texts.train.server, session.connection.embedded ? texts.train.embedded : session.connection.url],
  ]);
  const lines = [known, pairs, context.say(texts.train.created, { id: String(id), name: printable(workflow.name) })];
  if (workflow.ignored.length > 0) {
    const ignored = context.say(texts.train.ignored, { model, names: workflow.ignored.join(', ') });
    lines.push(context.notePaint.yellow(ignored));
  }
  context.note(`${lines.join('\n')}\n`);
}

async function ensureWritable(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK);
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new AppError('FILE_NOT_WRITABLE', { path: directory, detail }, { cause: error });
  }
}
