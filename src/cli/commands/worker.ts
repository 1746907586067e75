import { type CommandMaker, makeCommand } from '../command.js';

interface Options {
  queues?: string;
  concurrency?: string;
  name?: string;
}

export const workerCommand: CommandMaker = (context, finish) => {
  const { options } = context.texts;
  return makeCommand(context, 'worker', ['worker', 'worker --queues train --concurrency 4'])
    .option('--queues <names>', options.queues)
    .option('--concurrency <number>', options.concurrency)
    .option('--name <name@host>', options.nodeName)
    .action(async (flags: Options) => {
      // The worker drains by itself when a signal comes.
      context.interruption.dispose();
      finish(await context.program.work({ ...flags, language: context.language }));
    });
};
