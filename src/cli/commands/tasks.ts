import { TaskState } from '../../contract/operations.js';
import { layOut } from '../columns.js';
import { type CommandMaker, makeCommand } from '../command.js';
import { printJson, withSession } from '../context.js';
import { taskRows } from '../top/tables.js';
import { parseChoices, parseCount, parseId } from '../usage.js';

interface Options {
  state?: string;
  worker?: string;
  workflow?: string;
  search?: string;
  limit?: string;
  json?: boolean;
}

export const tasksCommand: CommandMaker = (context, finish) => {
  const { options } = context.texts;
  const examples = ['tasks', 'tasks --state FAILURE --search "out of memory"', 'tasks --workflow 4 --json'];
  return makeCommand(context, 'tasks', examples)
    .option('--state <states>', options.filterState)
    .option('--worker <name>', options.filterWorker)
    .option('--workflow <id>', options.filterWorkflow)
    .option('--search <words>', options.searchTasks)
    .option('--limit <number>', options.limitTasks)
    .option('--json', options.json)
    .action(async (flags: Options) => {
      const filter = {
        state: parseChoices(context, '--state', flags.state, TaskState.options),
        worker: flags.worker,
        workflow: flags.workflow === undefined ? undefined : parseId(context, flags.workflow),
        search: flags.search,
        limit: flags.limit === undefined ? undefined : parseCount(context, '--limit', flags.limit, 1, 200),
      };
      const found = await withSession(context, ({ client }) => client.tasks(filter));
      if (flags.json) printJson(context, found);
      else if (found.items.length === 0) context.print(context.texts.top.noTasks);
      else {
        const { columns, rows } = taskRows(context, found.items, context.paint);
        const width = context.program.stdout.columns ?? Number.POSITIVE_INFINITY;
        context.print(layOut(columns, rows, width).join('\n'));
        const shown = { shown: found.items.length, total: found.total };
        context.print(
          `\n${context.say(found.totalAtLeast ? context.texts.top.shownAtLeast : context.texts.top.shown, shown)}`,
        );
      }
      finish(0);
    });
};
