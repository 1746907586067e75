import type { Workflow } from '../../contract/entities.js';
import { type CommandMaker, makeCommand } from '../command.js';
import { afterStart } from '../conclude.js';
import { type Context, withSession } from '../context.js';
import { configPairs } from '../details.js';
import { printable } from '../paint.js';
import { renderPairs } from '../table.js';
import { parseId } from '../usage.js';

interface Options {
  datasetFrom: string;
  configFrom: string;
  name?: string;
  follow?: boolean;
  json?: boolean;
}

export const composeCommand: CommandMaker = (context, finish) => {
  const { options, done } = context.texts;
  return makeCommand(context, 'compose', [
    'compose --dataset-from 4 --config-from 7',
    'compose --dataset-from 4 --config-from 7 --name "wine with the MLP" --follow',
  ])
    .requiredOption('--dataset-from <id>', options.datasetFrom)
    .requiredOption('--config-from <id>', options.configFrom)
    .option('--name <text>', options.name)
    .option('--follow', options.follow)
    .option('--json', options.json)
    .action(async (flags: Options) => {
      const datasetFrom = parseId(context, flags.datasetFrom);
      const configFrom = parseId(context, flags.configFrom);
      const exitCode = await withSession(context, async (session) => {
        const { client } = session;
        context.note(renderSources(context, await client.workflow(datasetFrom), await client.workflow(configFrom)));
        const name = flags.name === undefined ? {} : { name: flags.name };
        const id = await client.compose({ datasetFrom, configFrom, ...name });
        return afterStart(context, session, id, { ...flags, message: context.say(done.composed, { id: String(id) }) });
      });
      finish(exitCode);
    });
};

/** What is taken from either workflow. */
export function renderSources(context: Context, data: Workflow, config: Workflow): string {
  const { texts, format, notePaint } = context;
  const { dataset } = data;
  const datasetPairs: [string, string][] = [
    [texts.show.name, printable(data.name)],
    [texts.show.dataset, printable(dataset.name)],
    [texts.train.file, `${printable(dataset.fileName)} (${format.bytes(dataset.sizeBytes)})`],
  ];
  return [
    notePaint.bold(context.say(texts.compose.dataset, { id: String(data.id) })),
    renderPairs(datasetPairs),
    '',
    notePaint.bold(context.say(texts.compose.config, { id: String(config.id) })),
    renderPairs([[texts.show.name, printable(config.name)], ...configPairs(context, config)]),
    '',
  ].join('\n');
}
