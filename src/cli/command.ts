/** How every command is made: help in the reader's language, examples, an exit code. */
import { Command } from 'commander';
import type { Context } from './context.js';

/** A command's file exports one of these; `finish` is told the exit code. */
export type CommandMaker = (context: Context, finish: (exitCode: number) => void) => Command;

export type CommandName = keyof Context['texts']['commands'];

/** A command with its summary and examples; options and action follow. */
export function makeCommand(context: Context, name: CommandName, examples: readonly string[]): Command {
  const { texts } = context;
  return dress(context, new Command(name))
    .description(texts.commands[name])
    .addHelpText(
      'after',
      `\n${texts.help.examples}\n${examples.map((line) => (line.includes('| zincir') ? `  ${line}` : `  zincir ${line}`)).join('\n')}`,
    );
}

/** Commander's fixed words, output and exit in our hands. */
export function dress(context: Context, command: Command): Command {
  const { help } = context.texts;
  const titles: Record<string, string> = {
    'Usage:': help.usage,
    'Arguments:': help.arguments,
    'Options:': help.options,
    'Commands:': help.commands,
    'Global Options:': help.globalOptions,
  };
  return command
    .helpOption('-h, --help', context.texts.options.help)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.program.stdout.write(text),
      writeErr: (text) => void context.program.stderr.write(text),
      // A complaint is printed once, in the reader's language, where it is caught.
      outputError: () => {},
      getOutHelpWidth: () => context.program.stdout.columns ?? 100,
      getErrHelpWidth: () => context.program.stderr.columns ?? 100,
      getOutHasColors: () => context.paint.enabled,
      getErrHasColors: () => context.notePaint.enabled,
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => context.paint.bold(titles[title] ?? title),
      styleUsage: (usage) => usage.replace('[options]', help.optionsWord).replace('[command]', help.commandWord),
    });
}

export const idArgument = '<id>';
