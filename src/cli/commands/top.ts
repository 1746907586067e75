import { type CommandMaker, makeCommand } from '../command.js';
import { printJson, withSession } from '../context.js';
import { renderTop } from '../top/frame.js';
import { takeSnapshot } from '../top/snapshot.js';
import { watchTop } from '../top/watch.js';
import { parseCount } from '../usage.js';

interface Options {
  interval?: string;
  json?: boolean;
}

const defaultSeconds = 2;

export const topCommand: CommandMaker = (context, finish) => {
  const { options } = context.texts;
  const examples = ['top', 'top --interval 5', 'top --json', '--url https://zincir.example.com top'];
  return makeCommand(context, 'top', examples)
    .option('--interval <seconds>', context.say(options.interval, { seconds: defaultSeconds }))
    .option('--json', options.json)
    .action(async (flags: Options) => {
      const seconds =
        flags.interval === undefined ? defaultSeconds : parseCount(context, '--interval', flags.interval, 1, 3600);
      await withSession(context, async (session) => {
        if (!flags.json && context.program.stdout.isTTY) return watchTop(context, session, seconds * 1000);
        const snapshot = await takeSnapshot(session.client);
        if (flags.json) return printJson(context, snapshot);
        const { paint } = context;
        const width = context.program.stdout.columns ?? Number.POSITIVE_INFINITY;
        const height = Number.POSITIVE_INFINITY;
        const url = session.connection.url;
        const lines = renderTop(context, snapshot, { width, height, nowMs: Date.now(), paint, trouble: null, url });
        context.print(lines.join('\n'));
      });
      finish(0);
    });
};
