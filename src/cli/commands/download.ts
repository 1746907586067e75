import { artifactNames } from '../../contract/entities.js';
import { type CommandMaker, idArgument, makeCommand } from '../command.js';
import { printJson, withSession } from '../context.js';
import { downloadArtifacts } from '../download.js';
import { parseId } from '../usage.js';

export const downloadCommand: CommandMaker = (context, finish) => {
  const { args, options, done } = context.texts;
  return makeCommand(context, 'download', [
    'download 4',
    'download 4 model.joblib --out models',
    'download 4 metrics.csv report.json --json',
  ])
    .argument(idArgument, args.id)
    .argument('[name...]', context.say(args.names, { names: artifactNames.join(', ') }))
    .option('--out <directory>', options.outHere)
    .option('--json', options.json)
    .action(async (text: string, names: string[], flags: { out?: string; json?: boolean }) => {
      const id = parseId(context, text);
      const { signal } = context.interruption;
      await withSession(context, async ({ client }) => {
        const workflow = await client.workflow(id);
        const saved = await downloadArtifacts(client, workflow, flags.out ?? '.', {
          names,
          signal,
          saved: (path, sizeBytes) => {
            if (!flags.json)
              context.print(context.say(done.downloaded, { path, size: context.format.bytes(sizeBytes) }));
          },
        });
        if (flags.json) printJson(context, { workflowId: id, artifacts: saved });
        else if (Object.keys(saved).length === 0) context.note(context.say(done.nothingToDownload, { id: String(id) }));
      });
      finish(0);
    });
};
