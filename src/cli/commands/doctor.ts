import { type CommandMaker, makeCommand } from '../command.js';
import { type Context, printJson } from '../context.js';
import type { DoctorCheck } from '../program.js';
import { renderTable } from '../table.js';

export const doctorCommand: CommandMaker = (context, finish) => {
  const { options } = context.texts;
  return makeCommand(context, 'doctor', ['doctor', 'doctor --data-dir /srv/zincir', 'doctor --json'])
    .option('--data-dir <directory>', options.dataDir)
    .option('--json', options.json)
    .action(async (flags: { dataDir?: string; json?: boolean }) => {
      const { url } = context.globals;
      const { checks } = await context.program.doctor({
        ...(flags.dataDir === undefined ? {} : { dataDir: flags.dataDir }),
        ...(url === undefined ? {} : { url }),
        language: context.language,
      });
      const ok = checks.every((check) => check.ok);
      if (flags.json) printJson(context, { ok, checks });
      else context.print(renderChecks(context, checks));
      finish(ok ? 0 : 1);
    });
};

function renderChecks(context: Context, checks: readonly DoctorCheck[]): string {
  const { texts, paint } = context;
  const failed = checks.filter((check) => !check.ok);
  const rows = checks.flatMap(({ name, ok, detail, hint }) => [
    [ok ? paint.green('✔') : paint.red('✖'), name, detail],
    ...(ok || !hint ? [] : [['', '', paint.cyan(`→ ${hint}`)]]),
  ]);
  const end = failed.length === 0 ? texts.doctor.allWell : context.say(texts.doctor.failed, { count: failed.length });
  return `${renderTable(['', texts.doctor.check, texts.doctor.found].map(paint.dim), rows)}\n\n${end}`;
}
