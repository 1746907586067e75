import type { LogLine } from '../../contract/entities.js';
import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { type Context, printJson, type Session, withSession } from '../context.js';
import { printable } from '../paint.js';
import { parseSince } from '../params.js';
import { UsageError } from '../report.js';
import { parseId } from '../usage.js';
import { watchWorkflow } from '../watch.js';

interface Options {
  follow?: boolean;
  since?: string;
  grep?: string;
  json?: boolean;
}

export const logsCommand: CommandMaker = (context, finish) => {
  const { args, options } = context.texts;
  return makeCommand(context, 'logs', [
    'logs 4',
    'logs 4 --follow',
    'logs 4 --since 10m --grep "epoch|failed"',
    'logs 4 --json',
    'logs 4 --follow --json --grep warning',
  ])
    .argument(idArgument, args.id)
    .option('--follow', options.followLogs)
    .option('--since <when>', options.since)
    .option('--grep <pattern>', options.grep)
    .option('--json', options.json)
    .action(async (text: string, flags: Options) => {
      const id = parseId(context, text);
      const wanted = filterOf(context, flags, Date.now());
      await withSession(context, (session) => print(context, session, id, flags, wanted));
      finish(0);
    });
};

async function print(
  context: Context,
  session: Session,
  id: number,
  flags: Options,
  wanted: (line: LogLine) => boolean,
): Promise<void> {
  const kept: LogLine[] = [];
  let last = 0;
  const take = (lines: readonly LogLine[]) => {
    for (const line of lines) {
      if (line.id <= last) continue;
      last = line.id;
      if (!wanted(line)) continue;
      if (flags.json && flags.follow) context.print(JSON.stringify(line));
      else if (flags.json) kept.push(line);
      else context.print(renderLine(context, line));
    }
  };
  if (flags.follow) {
    const { signal } = context.interruption;
    const events = watchWorkflow(session.client, id, {
      signal,
      trouble: (kind) => context.note(context.say(context.texts.follow[kind], { seconds: 2 })),
    });
    for await (const event of events) if (event.type === 'log') take(event.data.items);
    signal.throwIfAborted();
  }
  take(await session.client.logs(id, last));
  if (flags.json && !flags.follow) printJson(context, { items: kept });
}

/** @throws UsageError on a time or a pattern that cannot be read */
export function filterOf(context: Context, flags: Options, nowMs: number): (line: LogLine) => boolean {
  const { usage } = context.texts;
  const sinceMs = flags.since === undefined ? Number.NEGATIVE_INFINITY : parseSince(flags.since, nowMs);
  if (sinceMs === null) throw new UsageError(context.say(usage.notATime, { value: flags.since }));
  let pattern: RegExp;
  try {
    pattern = new RegExp(flags.grep ?? '', 'iu');
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new UsageError(context.say(usage.notAPattern, { value: flags.grep, detail }));
  }
  return (line) => Date.parse(line.at) >= sinceMs && pattern.test(`${line.level} ${line.step ?? ''} ${line.message}`);
}

export function renderLine(context: Context, line: LogLine): string {
  const { paint, terms } = context;
  const colour = { debug: paint.dim, info: (text: string) => text, warning: paint.yellow, error: paint.red }[
    line.level
  ];
  const step = line.step === null ? '' : `${terms.steps[line.step]}: `;
  return `${paint.dim(line.at)} ${colour(line.level.toUpperCase().padEnd(7))} ${step}${printable(line.message)}`;
}
