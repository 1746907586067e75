import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { afterStart } from '../conclude.js';
import { withSession } from '../context.js';
import { parseId } from '../usage.js';

export const restartCommand: CommandMaker = (context, finish) => {
  const { args, options, done } = context.texts;
  return makeCommand(context, 'restart', ['restart 4', 'restart 4 --follow', 'restart 4 --follow --json > run.json'])
    .argument(idArgument, args.id)
    .option('--follow', options.follow)
    .option('--json', options.json)
    .action(async (text: string, flags: { follow?: boolean; json?: boolean }) => {
      const from = parseId(context, text);
      const exitCode = await withSession(context, async (session) => {
        const id = await session.client.restart(from);
        const message = context.say(done.restarted, { from: String(from), id: String(id) });
        return afterStart(context, session, id, { ...flags, message });
      });
      finish(exitCode);
    });
};
