/** Numbers, sizes and times as a language writes them. */
import type { Language } from '../../contract/messages/translate.js';

export interface Units {
  day: string;
  hour: string;
  minute: string;
  second: string;
  millisecond: string;
}

export interface Formats {
  /** A count, grouped: `12,345`. */
  count: (value: number) => string;
  /** A measured value, at most `digits` significant digits (4 when unsaid). */
  number: (value: number, digits?: number) => string;
  /** A share between 0 and 1 as a percentage with one decimal; never rounded up to 100% nor down to 0%. */
  share: (value: number) => string;
  /** An accuracy between 0 and 1 as a percentage with two decimals. */
  accuracy: (value: number) => string;
  bytes: (value: number) => string;
  /** A span in milliseconds: its two largest units. */
  duration: (milliseconds: number) => string;
  /** Date and time of day, in the reader's time zone. */
  moment: (iso: string) => string;
  /** Time of day with seconds. */
  clock: (iso: string) => string;
  /** Time of day in hours and minutes. */
  timeOfDay: (iso: string) => string;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `regional` is how the reader's region writes dates (`en-GB`); the language alone where it is unsaid. */
export function createFormats(language: Language, units: Units, regional: string = language): Formats {
  const counts = new Intl.NumberFormat(language);
  const oneDecimal = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const shares = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const accuracies = new Intl.NumberFormat(language, {
    style: 'percent',
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const moments = new Intl.DateTimeFormat(regional, { dateStyle: 'medium', timeStyle: 'short' });
  const clocks = new Intl.DateTimeFormat(regional, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const timesOfDay = new Intl.DateTimeFormat(regional, { hour: '2-digit', minute: '2-digit' });
  const decimalMark = oneDecimal.format(0.5).at(1) ?? '.';
  const byDigits = new Map<number, Intl.NumberFormat>();

  const number = (value: number, digits = 4) => {
    let format = byDigits.get(digits);
    if (!format) {
      format = new Intl.NumberFormat(language, { maximumSignificantDigits: digits });
      byDigits.set(digits, format);
    }
    return value !== 0 && (Math.abs(value) >= 1e9 || Math.abs(value) < 1e-4)
      ? value.toExponential(Math.max(0, digits - 2)).replace('.', decimalMark)
      : format.format(value);
  };

  return {
    count: (value) => counts.format(value),
    number,
    share: (value) => shares.format(awayFromTheEnds(value)),
    accuracy: (value) => accuracies.format(value),
    bytes: (value) => {
      const power = value < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(value) / 3));
      return `${oneDecimal.format(value / 1000 ** power)} ${byteUnits[power] ?? 'B'}`;
    },
    duration: (milliseconds) => formatDuration(milliseconds, units, (value) => oneDecimal.format(value)),
    moment: (iso) => moments.format(new Date(iso)),
    clock: (iso) => clocks.format(new Date(iso)),
    timeOfDay: (iso) => timesOfDay.format(new Date(iso)),
  };
}

/** One missing value in a million rows is not "0%", and all but one is not "100%". */
function awayFromTheEnds(share: number): number {
  if (share > 0 && share < 0.001) return 0.001;
  if (share < 1 && share > 0.999) return 0.999;
  return share;
}

function formatDuration(milliseconds: number, units: Units, decimal: (value: number) => string): string {
  if (milliseconds < 1) return `0 ${units.second}`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ${units.millisecond}`;
  if (milliseconds < 9950) return `${decimal(milliseconds / 1000)} ${units.second}`;
  const seconds = Math.round(milliseconds / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), units.day],
    [Math.floor((seconds % 86_400) / 3600), units.hour],
    [Math.floor((seconds % 3600) / 60), units.minute],
    [seconds % 60, units.second],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}
