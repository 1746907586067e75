import { type CommandMaker, makeCommand } from '../command.js';
import { addSettings, typedSettings } from '../setting-flags.js';

export const startCommand: CommandMaker = (context, finish) => {
  const { options } = context.texts;
  const command = makeCommand(context, 'start', [
    'start',
    'start --host 0.0.0.0 --port 8080 --data-dir /srv/zincir',
    'start --no-worker --database-url postgres://zincir@db/zincir --broker-url amqp://rabbit',
  ]).option('--no-worker', options.noWorker);
  return addSettings(context, command)
    .addHelpText(
      'after',
      () => `\n${context.texts.help.settings}\n${context.program.settingsHelp(context.language).trimEnd()}`,
    )
    .action(async ({ worker, ...flags }: { worker: boolean }) => {
      // The server drains by itself when a signal comes.
      context.interruption.dispose();
      const settings = typedSettings(context, flags);
      finish(await context.program.start({ settings, worker, language: context.language }));
    });
};
