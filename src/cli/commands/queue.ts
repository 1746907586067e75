import { layOut } from '../columns.js';
import { type CommandMaker, makeCommand } from '../command.js';
import { printJson, withSession } from '../context.js';
import { queueRows } from '../top/tables.js';

export const queueCommand: CommandMaker = (context, finish) =>
  makeCommand(context, 'queue', ['queue', 'queue --json'])
    .option('--json', context.texts.options.json)
    .action(async (flags: { json?: boolean }) => {
      const overview = await withSession(context, ({ client }) => client.queue());
      if (flags.json) printJson(context, overview);
      else {
        const { columns, rows } = queueRows(context, overview.queues, context.paint);
        const width = context.program.stdout.columns ?? Number.POSITIVE_INFINITY;
        context.print(layOut(columns, rows, width).join('\n'));
        const warnings = [...overview.warnings, ...overview.queues.flatMap((queue) => queue.warnings)];
        for (const { message, hint } of warnings) context.note(context.notePaint.yellow(`! ${message} ${hint}`));
      }
      finish(0);
    });
