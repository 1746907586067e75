import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { pageOf } from '../conclude.js';
import { printJson, withSession } from '../context.js';
import { renderDetails } from '../details.js';
import { renderSummary } from '../summary.js';
import { parseId } from '../usage.js';

export const showCommand: CommandMaker = (context, finish) => {
  const { args, options } = context.texts;
  return makeCommand(context, 'show', ['show 4', 'show 4 --json'])
    .argument(idArgument, args.id)
    .option('--json', options.json)
    .action(async (text: string, flags: { json?: boolean }) => {
      const id = parseId(context, text);
      await withSession(context, async (session) => {
        const workflow = await session.client.workflow(id);
        if (flags.json) return printJson(context, workflow);
        const summary = renderSummary(context, workflow, { page: pageOf(session, id) });
        context.print(`${renderDetails(context, workflow)}\n\n${summary}`);
      });
      finish(0);
    });
};
