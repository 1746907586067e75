import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { printJson, withSession } from '../context.js';
import { runDocument } from '../document.js';
import { parseId } from '../usage.js';

export const cancelCommand: CommandMaker = (context, finish) => {
  const { args, options, done } = context.texts;
  return makeCommand(context, 'cancel', ['cancel 4'])
    .argument(idArgument, args.id)
    .option('--json', options.json)
    .action(async (text: string, flags: { json?: boolean }) => {
      const id = parseId(context, text);
      await withSession(context, async ({ client }) => {
        await client.cancel(id);
        if (flags.json) printJson(context, runDocument(await client.workflow(id), await client.metrics(id)));
        else context.print(context.say(done.cancelled, { id: String(id) }));
      });
      finish(0);
    });
};
