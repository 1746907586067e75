import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { conclude } from '../conclude.js';
import { withSession } from '../context.js';
import { followWorkflow } from '../follow.js';
import { parseId } from '../usage.js';

export const followCommand: CommandMaker = (context, finish) => {
  const { args, options } = context.texts;
  return makeCommand(context, 'follow', ['follow 4', 'follow 4 --json > run.json'])
    .argument(idArgument, args.id)
    .option('--json', options.json)
    .action(async (text: string, flags: { json?: boolean }) => {
      const id = parseId(context, text);
      finish(
        await withSession(context, async (session) =>
          conclude(context, session, await followWorkflow(context, session, id), flags),
        ),
      );
    });
};
