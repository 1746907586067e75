/** How a file is read, in words. */
import type { Texts } from '../language/language.js';
import type { Reading } from './form.js';

type Words = Texts['t']['create']['dataset'];

/** Usual delimiters with their names, in the order in which they are offered. */
export const delimiterNames = ({ delimiters }: Words): Record<string, string> => ({
  ',': delimiters.comma,
  ';': delimiters.semicolon,
  '\t': delimiters.tab,
  '|': delimiters.pipe,
  ' ': delimiters.space,
});

export const delimiterName = (words: Words, delimiter: string): string =>
  delimiterNames(words)[delimiter] ?? `“${delimiter}”`;

/** Each choice with its name; those that no page offers, as the API has them. */
export function readingWords(words: Words, { delimiter, encoding, decimal, header, ...others }: Reading): string[] {
  const { labels } = words;
  const said: [string, string | undefined][] = [
    [labels.delimiter, delimiter === undefined ? undefined : delimiterName(words, delimiter)],
    [labels.encoding, encoding === undefined ? undefined : words.encoding[encoding]],
    [labels.decimal, decimal === undefined ? undefined : decimal === ',' ? words.decimal.comma : words.decimal.point],
    [labels.header, header === undefined ? undefined : header ? words.header : words.noHeader],
    ...Object.entries(others).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
  ];
  return said.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
}
