/** Durations, sizes, shares and times as a person of the language reads them. */
import { fill, type Language, messagesOf } from '../contract/messages/translate.js';

export interface Format {
  /** A length of time in ms, such as `1.2 s` or `3 min 4 s`. */
  duration(ms: number): string;
  bytes(count: number): string;
  /** A share between 0 and 1 as a percentage with two decimals. */
  share(value: number): string;
  number(value: number, digits?: number): string;
  /** A time (ISO 8601) in the zone of the reader. */
  time(iso: string): string;
}

export function createFormat(language: Language): Format {
  const units = messagesOf(language).cli.units;
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  const percent = new Intl.NumberFormat(language, {
    style: 'percent',
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const clock = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    duration(ms) {
      if (ms < 1000) return fill(language, units.ms, { value: number(Math.max(0, ms)) });
      if (ms < 59_950) return fill(language, units.s, { value: number(ms / 1000, 1) });
      const seconds = Math.round(ms / 1000);
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return fill(language, units.min, { minutes: String(minutes), seconds: String(seconds % 60) });
      return fill(language, units.h, { hours: number(Math.floor(minutes / 60)), minutes: String(minutes % 60) });
    },
    bytes(count) {
      let value = count;
      let unit = 0;
      while (value >= 999.5 && unit < sizes.length - 1) {
        value /= 1000;
        unit += 1;
      }
      return `${number(value, unit === 0 || value >= 99.95 ? 0 : 1)} ${sizes[unit]}`;
    },
    share: (value) => percent.format(value),
    number,
    time: (iso) => clock.format(new Date(iso)),
  };
}

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'];
