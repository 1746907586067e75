/**
 * Texts by language. English is the catalogue's shape; another language must have every key.
 *
 * A text names its values as `{name}`; `{count:row|rows}` chooses by the number of that value (the first word
 * for one, the second else), which languages without such a plural simply do not use.
 */
import { en, type Messages } from './en/index.js';
import { tr } from './tr/index.js';

export const languages = ['en', 'tr'] as const;
export type Language = (typeof languages)[number];
const catalogues: Record<Language, Messages> = { en, tr };

export type Values = Record<string, string | number | boolean | null | undefined>;

export const messagesOf = (language: Language): Messages => catalogues[language];

/** Fills the values into a text; numbers are written as the language writes them. A value that is not given shows as its name. */
export function fill(language: Language, text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    const value = values[name];
    if (one !== undefined) return value === 1 ? one : (other ?? '');
    if (value === undefined || value === null) return whole;
    if (typeof value !== 'number' || plainNumbers.has(name)) return String(value);
    return formatNumber(language, value);
  });
}

/** Numbers that name something are written as they are typed, without digit grouping. */
const plainNumbers = new Set(['id', 'pid', 'otherPid', 'port']);

const numberFormats = new Map<Language, Intl.NumberFormat>();

function formatNumber(language: Language, value: number): string {
  let format = numberFormats.get(language);
  if (!format) {
    format = new Intl.NumberFormat(language, { maximumSignificantDigits: 15 });
    numberFormats.set(language, format);
  }
  return format.format(value);
}

/** The first language of an `Accept-Language` header (or a locale such as `tr_TR.UTF-8`) that we speak; else English. */
export function chooseLanguage(accepted: string | undefined): Language {
  const asked = (accepted ?? '')
    .split(',')
    .map((entry) => {
      const [tag = '', quality] = entry.trim().split(/;\s*q=/);
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .sort((a, b) => b.quality - a.quality);
  for (const { tag } of asked) {
    const found = languages.find(
      (language) => tag === language || tag.startsWith(`${language}-`) || tag.startsWith(`${language}_`),
    );
    if (found) return found;
  }
  return 'en';
}
