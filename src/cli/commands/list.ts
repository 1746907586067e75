import { type WorkflowList, workflowSortKeys } from '../../contract/api.js';
import { WorkflowStatus } from '../../contract/entities.js';
import { modelCodes } from '../../contract/models.js';
import { type CommandMaker, makeCommand } from '../command.js';
import { type Context, printJson, withSession } from '../context.js';
import { printable } from '../paint.js';
import { cut, renderTable } from '../table.js';
import { parseChoice, parseChoices, parseCount } from '../usage.js';

interface Options {
  model?: string;
  status?: string;
  search?: string;
  sort?: string;
  limit?: string;
  json?: boolean;
}

const sorts = workflowSortKeys.flatMap((key) => [key, `-${key}`]);

export const listCommand: CommandMaker = (context, finish) => {
  const { options } = context.texts;
  return makeCommand(context, 'list', [
    'list',
    'list --model MLP,SVM --status COMPLETED --sort -validationAccuracy',
    'list --search penguins --limit 5 --json',
  ])
    .option('--model <codes>', options.filterModel)
    .option('--status <statuses>', options.filterStatus)
    .option('--search <words>', options.search)
    .option('--sort <key>', context.say(options.sort, { keys: workflowSortKeys.join(', ') }))
    .option('--limit <number>', options.limit)
    .option('--json', options.json)
    .action(async (flags: Options) => {
      const filter = {
        model: parseChoices(context, '--model', flags.model, modelCodes),
        status: parseChoices(context, '--status', flags.status, WorkflowStatus.options),
        search: flags.search,
        sort: flags.sort === undefined ? undefined : parseChoice(context, '--sort', flags.sort, sorts),
        limit: flags.limit === undefined ? undefined : parseCount(context, '--limit', flags.limit, 1, 200),
      };
      const found = await withSession(context, ({ client }) => client.listWorkflows(filter));
      if (flags.json) printJson(context, found);
      else context.print(renderList(context, found, context.program.stdout.columns ?? Number.POSITIVE_INFINITY));
      finish(0);
    });
};

/** A table no wider than `width` columns: the two names share what the figures leave. */
export function renderList(context: Context, found: WorkflowList, width: number): string {
  const { texts, terms, format, paint } = context;
  const { list } = texts;
  if (found.items.length === 0) return list.none;
  const nameWidth = Math.max(10, Math.floor((width - 92) / 2));
  const share = (value: number | null) => (value === null ? '' : format.share(value));
  const rows = found.items.map((item) => [
    String(item.id),
    cut(printable(item.name), nameWidth),
    cut(printable(item.dataset.fileName), nameWidth),
    item.model,
    statusPaint(context, item.status)(terms.workflowStatus[item.status]),
    share(item.validationAccuracy),
    share(item.trainAccuracy),
    `${item.epoch}/${item.epochs}`,
    item.durationMs === null ? '' : format.duration(item.durationMs),
    format.time(item.createdAt),
  ]);
  const head = [
    list.id,
    list.name,
    list.dataset,
    list.model,
    list.status,
    list.validation,
    list.train,
    list.epochs,
    list.duration,
    list.created,
  ];
  const table = renderTable(head.map(paint.dim), rows, [
    'right',
    'left',
    'left',
    'left',
    'left',
    'right',
    'right',
    'right',
    'right',
    'left',
  ]);
  return `${table}\n\n${context.say(list.shown, { shown: found.items.length, total: found.total })}`;
}

function statusPaint({ paint }: Context, status: WorkflowStatus): (text: string) => string {
  switch (status) {
    case 'COMPLETED':
      return paint.green;
    case 'FAILED':
      return paint.red;
    case 'CANCELLED':
      return paint.yellow;
    case 'RUNNING':
      return paint.cyan;
    case 'PENDING':
      return paint.dim;
  }
}
