import { type WorkflowList, workflowSortKeys } from '../../contract/api.js';
import { WorkflowStatus, type WorkflowSummary } from '../../contract/entities.js';
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

interface ListColumn {
  title: string;
  cells: string[];
  align?: 'right';
  paint?: (row: number) => (text: string) => string;
  /** Cut to the room that the others leave. */
  isName?: true;
  /** Left out where there is too little room: the lowest first. */
  gives?: number;
}

/** Fewer characters of a name tell nothing. */
const leastOfName = 12;
const gap = 2;

/** A table no wider than `width` columns: the names share what the figures leave, and a narrow one has fewer columns. */
export function renderList(context: Context, found: WorkflowList, width: number): string {
  const { texts, paint } = context;
  if (found.items.length === 0) return texts.list.none;
  let columns = columnsOf(context, found);
  for (let given = 0; roomForName(columns, width) < leastOfName && given < mostGiven; given++) {
    columns = columns.filter(({ gives }) => gives !== given);
  }
  const room = Math.max(leastOfName, roomForName(columns, width));
  const rows = found.items.map((_, row) =>
    columns.map(({ cells, isName, paint }) => {
      const text = cells[row] ?? '';
      return isName ? cut(text, room) : (paint?.(row) ?? String)(text);
    }),
  );
  const heads = columns.map(({ title }) => paint.dim(title));
  const table = renderTable(
    heads,
    rows,
    columns.map(({ align }) => align ?? 'left'),
  );
  return `${table}\n\n${context.say(texts.list.shown, { shown: found.items.length, total: found.total })}`;
}

const mostGiven = 3;

function columnsOf(context: Context, { items }: WorkflowList): ListColumn[] {
  const { texts, terms, format } = context;
  const { list } = texts;
  const of = (cell: (item: WorkflowSummary) => string) => items.map(cell);
  const share = (value: number | null) => (value === null ? '' : format.share(value));
  return [
    { title: list.id, cells: of(({ id }) => String(id)), align: 'right' },
    { title: list.name, cells: of(({ name }) => printable(name)), isName: true },
    { title: list.dataset, cells: of(({ dataset }) => printable(dataset.fileName)), isName: true, gives: 0 },
    { title: list.model, cells: of(({ model }) => model) },
    {
      title: list.status,
      cells: of(({ status }) => terms.workflowStatus[status]),
      paint: (row) => statusPaint(context, items[row]?.status ?? 'PENDING'),
    },
    { title: list.validation, cells: of((item) => share(item.validationAccuracy)), align: 'right' },
    { title: list.train, cells: of((item) => share(item.trainAccuracy)), align: 'right', gives: 2 },
    { title: list.epochs, cells: of(({ epoch, epochs }) => `${epoch}/${epochs}`), align: 'right' },
    {
      title: list.duration,
      cells: of(({ durationMs }) => (durationMs === null ? '' : format.duration(durationMs))),
      align: 'right',
    },
    { title: list.created, cells: of(({ createdAt }) => format.time(createdAt)), gives: 1 },
  ];
}

/** Characters that each name has when the other columns stand whole. */
function roomForName(columns: readonly ListColumn[], width: number): number {
  const whole = columns.filter(({ isName }) => !isName);
  const widths = whole.map(({ title, cells }) => Math.max(...[title, ...cells].map((text) => [...text].length)));
  const taken = widths.reduce((sum, each) => sum + each, gap * (columns.length - 1));
  return Math.floor((width - taken) / (columns.length - whole.length));
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
