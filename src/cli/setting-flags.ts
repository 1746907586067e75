/** Settings as flags of the same name: what stands in the environment can be typed as well, and then goes first. */
import { type Command, Option } from 'commander';
import type { Context } from './context.js';
import type { SettingFlags } from './program.js';

export type FlagSetting = keyof Context['texts']['settings'];

/** What stands for the value in the help, by the end of the setting's name. */
const values: readonly (readonly [RegExp, string])[] = [
  [/_URL$/, 'address'],
  [/_DIR$/, 'directory'],
  [/_FILE$/, 'file'],
  [/_BYTES$/, 'bytes'],
  [/_SECONDS$/, 'seconds'],
  [/_(PORT|CONCURRENCY|THREADS|RUNNING|OWNER)$/, 'number'],
  [/_(HOSTS|QUEUES)$/, 'names'],
  [/_NODE_NAME$/, 'name@host'],
];

/** `ZINCIR_DATA_DIR` as `--data-dir <directory>`. */
function optionFor(setting: FlagSetting, help: string): Option {
  const flag = setting.slice('ZINCIR_'.length).toLowerCase().replaceAll('_', '-');
  const value = values.find(([end]) => end.test(setting))?.[1] ?? 'value';
  return new Option(`--${flag} <${value}>`, help);
}

const settingsFor = (context: Context): [FlagSetting, string][] =>
  Object.entries(context.texts.settings) as [FlagSetting, string][]; // Object.entries forgets the keys' type.

/** Gives the command a flag for every setting, but for those that mean nothing to it. */
export function addSettings(context: Context, command: Command, without: readonly FlagSetting[] = []): Command {
  for (const [setting, help] of settingsFor(context)) {
    if (!without.includes(setting)) command.addOption(optionFor(setting, help));
  }
  return command;
}

/** What was typed, by the names of the settings. */
export function typedSettings(context: Context, flags: Readonly<Record<string, unknown>>): SettingFlags {
  const typed: Record<string, string> = {};
  for (const [setting, help] of settingsFor(context)) {
    const value = flags[optionFor(setting, help).attributeName()];
    if (typeof value === 'string') typed[setting] = value;
  }
  return typed;
}
