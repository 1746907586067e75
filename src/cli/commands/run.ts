import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { afterStart } from '../conclude.js';
import { withSession } from '../context.js';
import { parseId } from '../usage.js';

export const runCommand: CommandMaker = (context, finish) => {
  const { args, options, done } = context.texts;
  return makeCommand(context, 'run', ['run 4', 'run 4 --follow', 'run 4 --follow --json > run.json'])
    .argument(idArgument, args.id)
    .option('--follow', options.follow)
    .option('--json', options.json)
    .action(async (text: string, flags: { follow?: boolean; json?: boolean }) => {
      const from = parseId(context, text);
      const exitCode = await withSession(context, async (session) => {
        const id = await session.client.run(from);
        const message = context.say(done.started, { from: String(from), id: String(id) });
        return afterStart(context, session, id, { ...flags, message });
      });
      finish(exitCode);
    });
};
