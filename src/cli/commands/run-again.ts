/** `run`, `restart` and `retry`: a workflow that is there goes on, or a new one comes of it. */
import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { afterStart } from '../conclude.js';
import { withSession } from '../context.js';
import { parseId } from '../usage.js';

const wordOf = { run: 'started', restart: 'restarted', retry: 'retried' } as const;

const commandOf =
  (name: keyof typeof wordOf): CommandMaker =>
  (context, finish) => {
    const { args, options, done } = context.texts;
    return makeCommand(context, name, [`${name} 4`, `${name} 4 --follow`, `${name} 4 --follow --json > run.json`])
      .argument(idArgument, args.id)
      .option('--follow', options.follow)
      .option('--json', options.json)
      .action(async (text: string, flags: { follow?: boolean; json?: boolean }) => {
        const from = parseId(context, text);
        const exitCode = await withSession(context, async (session) => {
          const id = await session.client[name](from);
          const message = context.say(done[wordOf[name]], { from: String(from), id: String(id) });
          return afterStart(context, session, id, { ...flags, message });
        });
        finish(exitCode);
      });
  };

export const runCommand = commandOf('run');
export const restartCommand = commandOf('restart');
export const retryCommand = commandOf('retry');
