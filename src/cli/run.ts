/** The command line: from the words that were typed to an exit code. */
import { Command, CommanderError } from 'commander';
import { chooseLanguage, type Language, languages } from '../contract/messages/translate.js';
import { type CommandMaker, dress } from './command.js';
import { cancelCommand } from './commands/cancel.js';
import { composeCommand } from './commands/compose.js';
import { doctorCommand } from './commands/doctor.js';
import { downloadCommand } from './commands/download.js';
import { followCommand } from './commands/follow.js';
import { listCommand } from './commands/list.js';
import { logsCommand } from './commands/logs.js';
import { migrateCommand } from './commands/migrate.js';
import { queueCommand } from './commands/queue.js';
import { restartCommand, retryCommand, runCommand } from './commands/run-again.js';
import { shellCommand } from './commands/shell.js';
import { showCommand } from './commands/show.js';
import { startCommand } from './commands/start.js';
import { tasksCommand } from './commands/tasks.js';
import { topCommand } from './commands/top.js';
import { trainCommand } from './commands/train.js';
import { userCommand } from './commands/user.js';
import { workerCommand } from './commands/worker.js';
import { workersCommand } from './commands/workers.js';
import { type Context, createContext, type Globals, printJson } from './context.js';
import { Interrupted, listenForInterruption } from './interruption.js';
import type { Program } from './program.js';
import { describeError, exitCodeOfError, renderReport } from './report.js';
import { parseChoice, usageError } from './usage.js';

const commands: readonly CommandMaker[] = [
  startCommand,
  workerCommand,
  trainCommand,
  runCommand,
  listCommand,
  showCommand,
  followCommand,
  logsCommand,
  restartCommand,
  composeCommand,
  retryCommand,
  cancelCommand,
  downloadCommand,
  topCommand,
  queueCommand,
  tasksCommand,
  workersCommand,
  shellCommand,
  doctorCommand,
  migrateCommand,
  userCommand,
];

/**
 * Runs one command.
 * @param argv the words after the program's name
 * @returns the exit code: 0 completed, 1 the workflow failed, 2 wrong usage or input, 130 cancelled or Ctrl-C
 */
export async function runCli(argv: readonly string[], program: Program): Promise<number> {
  const words = beforeSeparator(argv);
  const globals: Globals = { verbose: words.includes('--verbose') };
  const interruption = listenForInterruption();
  const context = createContext(program, languageOf(words, program.environment), globals, interruption);
  try {
    return await parse(context, globals, argv);
  } catch (error) {
    return fail(context, error, words.includes('--json'));
  } finally {
    interruption.dispose();
  }
}

async function parse(context: Context, globals: Globals, argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const root = createRoot(context);
  root.hook('preAction', () => {
    const { url, lang }: { url?: string; lang?: string } = root.opts();
    if (lang !== undefined) parseChoice(context, '--lang', lang, languages);
    if (url !== undefined) globals.url = url;
  });
  for (const make of commands) {
    root.addCommand(
      make(context, (code) => {
        exitCode = code;
      }),
    );
  }
  try {
    await root.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    // Without a command the help has been shown, on stderr.
    if (error.code === 'commander.help') return 2;
    throw usageError(context, error, flagsOf(root, argv));
  }
  return exitCode;
}

/** The options of the command that was named, and those of every command. */
function flagsOf(root: Command, argv: readonly string[]): string[] {
  const named = root.commands.filter((command) => argv.includes(command.name()));
  return [...named, root].flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
}

function createRoot(context: Context): Command {
  const { help, options } = context.texts;
  return dress(context, new Command('zincir'))
    .description(help.summary)
    .version(context.program.version, '-V, --version', options.version)
    .helpCommand('help [command]', context.texts.commands.help)
    .option('--url <address>', options.url)
    .option('--lang <language>', options.lang)
    .option('--verbose', options.verbose)
    .addHelpText('after', `\n${help.exitCodes}`);
}

function fail(context: Context, error: unknown, json: boolean): number {
  const interrupted = error instanceof Interrupted;
  if (!interrupted) {
    const { verbose } = context.globals;
    context.note(renderReport(context.language, error, { verbose, paint: context.notePaint }));
    if (json) printJson(context, { error: describeError(context.language, error) });
  }
  return exitCodeOfError(error);
}

/** `--lang` before the environment; read by hand because the help needs it before anything is parsed. */
export function languageOf(words: readonly string[], environment: NodeJS.ProcessEnv): Language {
  const at = words.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const word = words[at];
  const typed = word === '--lang' ? words[at + 1] : word?.slice('--lang='.length);
  const { ZINCIR_LANG, LC_ALL, LC_MESSAGES, LANG } = environment;
  return chooseLanguage(typed || ZINCIR_LANG || LC_ALL || LC_MESSAGES || LANG);
}

const beforeSeparator = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
};
