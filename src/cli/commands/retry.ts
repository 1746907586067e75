import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { afterStart } from '../conclude.js';
import { withSession } from '../context.js';
import { parseId } from '../usage.js';

export const retryCommand: CommandMaker = (context, finish) => {
  const { args, options, done } = context.texts;
  return makeCommand(context, 'retry', ['retry 4', 'retry 4 --follow', 'retry 4 --follow --json > run.json'])
    .argument(idArgument, args.id)
    .option('--follow', options.follow)
    .option('--json', options.json)
    .action(async (text: string, flags: { follow?: boolean; json?: boolean }) => {
      const from = parseId(context, text);
      const exitCode = await withSession(context, async (session) => {
        const id = await session.client.retry(from);
        const message = context.say(done.retried, { from: String(from), id: String(id) });
        return afterStart(context, session, id, { ...flags, message });
      });
      finish(exitCode);
    });
};
