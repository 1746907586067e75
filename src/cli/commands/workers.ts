import { layOut } from '../columns.js';
import { type CommandMaker, makeCommand } from '../command.js';
import { printJson, withSession } from '../context.js';
import { workerRows } from '../top/tables.js';

export const workersCommand: CommandMaker = (context, finish) =>
  makeCommand(context, 'workers', ['workers', 'workers --json'])
    .option('--json', context.texts.options.json)
    .action(async (flags: { json?: boolean }) => {
      const workers = await withSession(context, ({ client }) => client.workers());
      if (flags.json) printJson(context, workers);
      else if (workers.items.length === 0) context.print(context.texts.top.noWorkers);
      else {
        const { columns, rows } = workerRows(context, workers.items, context.paint, Date.now());
        const width = context.program.stdout.columns ?? Number.POSITIVE_INFINITY;
        context.print(layOut(columns, rows, width).join('\n'));
        for (const { name, warnings } of workers.items) {
          for (const { message } of warnings) context.note(context.notePaint.yellow(`! ${name}: ${message}`));
        }
      }
      finish(0);
    });
