import { type CommandMaker, makeCommand } from '../command.js';

interface Options {
  host?: string;
  port?: string;
  dataDir?: string;
  worker: boolean;
  concurrency?: string;
}

export const startCommand: CommandMaker = (context, finish) => {
  const { options } = context.texts;
  return makeCommand(context, 'start', [
    'start',
    'start --host 0.0.0.0 --port 8080 --data-dir /srv/zincir',
    'start --no-worker',
  ])
    .option('--host <address>', options.host)
    .option('--port <number>', options.port)
    .option('--data-dir <directory>', options.dataDir)
    .option('--no-worker', options.noWorker)
    .option('--concurrency <number>', options.concurrency)
    .addHelpText(
      'after',
      () => `\n${context.texts.help.settings}\n${context.program.settingsHelp(context.language).trimEnd()}`,
    )
    .action(async (flags: Options) => {
      // The server drains by itself when a signal comes.
      context.interruption.dispose();
      finish(await context.program.start({ ...flags, language: context.language }));
    });
};
