/** Flags that say how a CSV is written, where that would be detected wrongly. */
import { Dialect } from '../contract/config.js';
import type { Context } from './context.js';
import { UsageError } from './report.js';
import { parseChoice } from './usage.js';

export interface ReadingFlags {
  delimiter?: string;
  encoding?: string;
  decimal?: string;
  /** False with `--no-header`; true says nothing. */
  header: boolean;
}

const marks = { point: '.', comma: ',' } as const;

const encodings = Dialect.shape.encoding.options;

/** Names under which the encodings go elsewhere; the Windows pages hold all that the Latin ones do. */
const otherEncodings: Record<string, Dialect['encoding']> = {
  utf8: 'utf-8',
  'utf-16': 'utf-16le',
  'latin-1': 'windows-1252',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  'latin-5': 'windows-1254',
  latin5: 'windows-1254',
  'iso-8859-9': 'windows-1254',
};

/** Delimiters that a shell makes hard to type, by their names. */
const delimiters: Record<string, string> = {
  tab: '\t',
  '\\t': '\t',
  comma: ',',
  semicolon: ';',
  pipe: '|',
  space: ' ',
};

/** What the flags settle; the rest is detected. @throws UsageError */
export function parseReading(context: Context, flags: ReadingFlags): Partial<Dialect> {
  const reading: Partial<Dialect> = {};
  if (flags.delimiter !== undefined) reading.delimiter = parseDelimiter(context, flags.delimiter);
  if (flags.encoding !== undefined) {
    const known = otherEncodings[flags.encoding.trim().toLowerCase()];
    reading.encoding = known ?? parseChoice(context, '--encoding', flags.encoding, encodings);
  }
  if (flags.decimal !== undefined) {
    const asTyped = Dialect.shape.decimal.safeParse(flags.decimal).data;
    reading.decimal = asTyped ?? marks[parseChoice(context, '--decimal', flags.decimal, ['point', 'comma'])];
  }
  if (!flags.header) reading.header = false;
  return reading;
}

function parseDelimiter(context: Context, text: string): string {
  const parsed = Dialect.shape.delimiter.safeParse(delimiters[text.toLowerCase()] ?? text);
  if (parsed.success) return parsed.data;
  throw new UsageError(context.say(context.texts.usage.notADelimiter, { value: text }));
}
