/** Checks of what was typed, and commander's own complaints in the reader's language. */
import type { CommanderError } from 'commander';
import type { Context } from './context.js';
import { UsageError } from './report.js';

/** The number of a workflow. @throws UsageError */
export function parseId(context: Context, text: string): number {
  const id = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
  if (id < 1) throw new UsageError(context.say(context.texts.usage.notAnId, { value: text }));
  return id;
}

/** A whole number within limits. @throws UsageError */
export function parseCount(context: Context, option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(context.say(context.texts.usage.notACount, { option, value: text, least, most }));
}

/** One of a few words, however it is cased. @throws UsageError, with the word that was probably meant */
export function parseChoice<Choice extends string>(
  context: Context,
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice.toLowerCase() === text.trim().toLowerCase());
  if (found !== undefined) return found;
  const { usage } = context.texts;
  const complaint = context.say(usage.notOneOf, { option, value: text, allowed: choices.join(', ') });
  const near = choices.find((choice) => distance(choice.toLowerCase(), text.toLowerCase()) <= 2 && choice.length > 3);
  throw new UsageError(near ? `${complaint} ${context.say(usage.didYouMean, { similar: near })}` : complaint);
}

/** Words with commas between them, each one of a few; undefined when nothing was typed. */
export function parseChoices<Choice extends string>(
  context: Context,
  option: string,
  text: string | undefined,
  choices: readonly Choice[],
): string | undefined {
  return text
    ?.split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => parseChoice(context, option, part, choices))
    .join(',');
}

/** Number of single-character changes between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * Commander says what is wrong in English only; the name that it complains of stands in quotes.
 * @param flags the options that there are, such as `--model`
 */
export function usageError(context: Context, error: CommanderError, flags: readonly string[]): UsageError {
  const { usage } = context.texts;
  const name = (/'([^']*)'/.exec(error.message)?.[1] ?? '').replace(/^(--[^=]+)=.*$/s, '$1');
  const suggested = /\(Did you mean (?:one of )?(.+?)\?\)/.exec(error.message)?.[1];
  // It has no suggestion for an option written as --name=value.
  const isOption = error.code === 'commander.unknownOption';
  const similar = suggested ?? (isOption ? flags.find((flag) => distance(flag, name) <= 2) : undefined);
  const complaint = complaintOf(context, error, name);
  return new UsageError(similar ? `${complaint} ${context.say(usage.didYouMean, { similar })}` : complaint);
}

function complaintOf(context: Context, error: CommanderError, name: string): string {
  const { usage } = context.texts;
  switch (error.code) {
    case 'commander.unknownOption':
      return context.say(usage.unknownOption, { option: name });
    case 'commander.unknownCommand':
      return context.say(usage.unknownCommand, { command: name });
    case 'commander.missingArgument':
      return context.say(usage.missingArgument, { argument: name.toUpperCase() });
    case 'commander.optionMissingArgument':
      return context.say(usage.optionArgumentMissing, { option: name });
    case 'commander.missingMandatoryOptionValue':
      return context.say(usage.requiredOption, { option: name });
    case 'commander.excessArguments':
      return usage.excessArguments;
    default:
      return error.message.replace(/^error: /, '');
  }
}
