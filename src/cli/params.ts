/** What is typed for a hyperparameter, as its value. */

import { AppError } from '../contract/errors.js';
import { fill, type Language, messagesOf } from '../contract/messages/translate.js';

/** JSON where it is JSON, numbers as people write them (`.5`), `64,32` for lists of numbers, else text. */
export function parseValue(name: string, text: string): unknown {
  const trimmed = text.trim();
  const value = jsonOr(trimmed);
  if (name !== 'hidden_layer_sizes') return value;
  if (typeof value === 'number') return [value];
  if (typeof value !== 'string') return value;
  const parts = trimmed
    .replace(/^\((.*)\)$/, '$1')
    .split(/[,;\s]+/)
    .filter((part) => part !== '');
  const numbers = parts.map(Number);
  return numbers.length > 0 && numbers.every((number) => Number.isFinite(number)) ? numbers : value;
}

function jsonOr(text: string): unknown {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `name=value` of `--set`. @throws AppError `USAGE` */
export function parseSetting(language: Language, text: string): { name: string; value: unknown } {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals)).trim();
  if (name === '') {
    throw new AppError('USAGE', {
      detail: fill(language, messagesOf(language).cli.usage.notASetting, { value: text }),
    });
  }
  return { name, value: parseValue(name, text.slice(equals + 1)) };
}

/** The instant that `--since` names, in ms since 1970; null where it names none. */
export function parseSince(text: string, nowMs: number): number | null {
  const ago = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim());
  if (ago) return nowMs - Number(ago[1]) * unitMs[ago[2] === 's' || ago[2] === 'm' || ago[2] === 'h' ? ago[2] : 'd'];
  const at = /^\d{4}-\d{2}/.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
