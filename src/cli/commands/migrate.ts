import { type CommandMaker, makeCommand } from '../command.js';

export const migrateCommand: CommandMaker = (context, finish) =>
  makeCommand(context, 'migrate', ['migrate']).action(async () => {
    finish(await context.program.migrate({ language: context.language }));
  });
