import { type CommandMaker, makeCommand } from '../command.js';
import { addSettings, type FlagSetting, typedSettings } from '../setting-flags.js';

/** What finds a database; the other addresses are taken too, so that one line of flags serves every command. */
const used: readonly FlagSetting[] = [
  'ZINCIR_DATA_DIR',
  'ZINCIR_DATABASE_URL',
  'ZINCIR_BROKER_URL',
  'ZINCIR_STORAGE_URL',
  'ZINCIR_LOG_LEVEL',
];

export const migrateCommand: CommandMaker = (context, finish) => {
  const all = Object.keys(context.texts.settings) as FlagSetting[]; // Object.keys forgets the keys' type.
  const unused = all.filter((setting) => !used.includes(setting));
  const command = makeCommand(context, 'migrate', ['migrate', 'migrate --database-url postgres://zincir@db/zincir']);
  return addSettings(context, command, unused).action(async (flags: object) => {
    const settings = typedSettings(context, { ...flags });
    finish(await context.program.migrate({ settings, language: context.language }));
  });
};
