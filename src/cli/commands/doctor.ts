import { type CommandMaker, makeCommand } from '../command.js';
import { type Context, printJson } from '../context.js';
import type { DoctorCheck } from '../program.js';
import { addSettings, typedSettings } from '../setting-flags.js';
import { renderTable } from '../table.js';

export const doctorCommand: CommandMaker = (context, finish) => {
  const examples = ['doctor', 'doctor --data-dir /srv/zincir', 'doctor --json'];
  const command = makeCommand(context, 'doctor', examples).option('--json', context.texts.options.json);
  return addSettings(context, command).action(async ({ json, ...flags }: { json?: boolean }) => {
    const { url } = context.globals;
    const settings = { ...typedSettings(context, flags), ...(url === undefined ? {} : { ZINCIR_URL: url }) };
    const { checks } = await context.program.doctor({ settings, language: context.language });
    const ok = checks.every((check) => check.ok);
    if (json) printJson(context, { ok, checks });
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
