/** `zincir user NAME`: who may sign in to a server with a file of users. */
import { roles } from '../../contract/session.js';
import { askSecret } from '../ask-secret.js';
import { type CommandMaker, makeCommand } from '../command.js';
import type { Context } from '../context.js';
import type { SettingFlags } from '../program.js';
import { UsageError } from '../report.js';
import { parseChoice } from '../usage.js';

const leastLetters = 8;

interface Flags {
  role?: string;
  remove?: boolean;
  usersFile?: string;
}

export const userCommand: CommandMaker = (context, finish) => {
  const { texts } = context;
  return makeCommand(context, 'user', [
    'user ayse --role operator --users-file users.txt',
    'user ali',
    'user ali --remove',
    'printf \'%s\\n\' "$PASSWORD" | zincir user ayse',
  ])
    .argument('<name>', texts.args.userName)
    .option('--role <role>', context.say(texts.options.role, { roles: roles.join(', ') }))
    .option('--remove', texts.options.removeUser)
    .option('--users-file <file>', texts.settings.ZINCIR_USERS_FILE)
    .action(async (name: string, { role = 'user', remove, usersFile }: Flags) => {
      const settings: SettingFlags = usersFile === undefined ? {} : { ZINCIR_USERS_FILE: usersFile };
      const given = parseChoice(context, '--role', role, roles);
      const change = remove ? null : { role: given, password: await newPassword(context) };
      const { known, file } = await context.program.changeUser(settings, name, change);
      if (remove && !known) throw new UsageError(context.say(texts.user.unknown, { name, file }));
      const said = remove ? texts.user.removed : known ? texts.user.changed : texts.user.added;
      context.note(context.say(said, { name, role: given, file }));
      finish(0);
    });
};

async function newPassword(context: Context): Promise<string> {
  const { texts } = context;
  const password = await askSecret(context.program, texts.user.password, texts.user.noPassword);
  if (password.length < leastLetters) {
    throw new UsageError(context.say(texts.user.tooShort, { least: leastLetters }));
  }
  if (
    context.program.stdin.isTTY &&
    (await askSecret(context.program, texts.user.again, texts.user.noPassword)) !== password
  ) {
    throw new UsageError(texts.user.different);
  }
  return password;
}
