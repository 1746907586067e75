/** How a CSV is written, judged by its head. */
import type { Dialect } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { isMissing } from './bytes.js';
import { detectEncoding, markBytes, transcoder } from './encoding.js';
import { fieldText } from './field.js';
import { parseNumber } from './number.js';
import { RecordScanner, type Records } from './scanner.js';

/** The head's first bytes and records that are looked at. */
const sampleBytes = 256 * 1024;
const sampleRecords = 100;
/** Fields of one record that are looked at; the first ones tell enough. */
const sampleFields = 50;

const delimiters = [',', ';', '\t', '|'];
const POINT = 0x2e;
const COMMA = 0x2c;

interface Sample {
  readonly delimiter: string;
  readonly quote: '"' | "'";
  /** Number of fields of each record. */
  readonly widths: number[];
  /** The first fields of each record. */
  readonly records: string[][];
  /** Share of the records that have as many fields as most have, less a tenth if the first one has not. */
  readonly consistency: number;
  readonly width: number;
  /** Share of the fields that are a number or missing. */
  readonly typed: number;
}

/**
 * Detects encoding, delimiter, quote, decimal mark and header; what `reading` says is taken as given.
 *
 * The delimiter is the one of `,` `;` tab `|` that gives the records the same number of fields, more than
 * one; between equals, the one that makes more fields numbers. A decimal comma needs another delimiter than
 * the comma, numbers with one, and none with a point. The first record is data, not a header, if it looks
 * like the rows below it: see `isHeader`.
 * @throws AppError `CSV_BINARY`
 */
export function detectDialect(head: Uint8Array, options: { whole: boolean; reading: Partial<Dialect> }): Dialect {
  const { reading } = options;
  const { encoding, bom } = detectEncoding(head, { whole: options.whole, encoding: reading.encoding });
  const settledBom = reading.bom ?? bom;
  const text = headText(head, encoding, settledBom);
  const final = options.whole && text.length <= sampleBytes;
  const sample = bestSample(text, final, reading);
  const decimal = reading.decimal ?? detectDecimal(sample);
  const header = reading.header ?? isHeader(sample.records, decimal);
  return { encoding, bom: settledBom, delimiter: sample.delimiter, quote: sample.quote, decimal, header };
}

/** The head as UTF-8, without its byte order mark; a last character that is cut off stays away. */
function headText(head: Uint8Array, encoding: Dialect['encoding'], bom: boolean): Uint8Array {
  const start = markBytes(encoding, bom);
  const rest = head.subarray(start);
  return encoding === 'utf-8' ? rest : transcoder(encoding, start)(rest, false);
}

function bestSample(text: Uint8Array, final: boolean, reading: Partial<Dialect>): Sample {
  const quotes: ('"' | "'")[] = reading.quote
    ? [reading.quote]
    : text.includes(0x22) || !text.includes(0x27)
      ? ['"']
      : ['"', "'"];
  const candidates = reading.delimiter ? [reading.delimiter] : delimiters;
  const samples = candidates.flatMap((delimiter) => quotes.map((quote) => takeSample(text, final, delimiter, quote)));
  const usable = samples.filter((sample) => sample.width > 1);
  const [first, ...others] = usable.length > 0 ? usable : samples;
  if (first === undefined) return takeSample(text, final, ',', '"');
  return others.reduce((best, sample) => (isBetter(sample, best) ? sample : best), first);
}

function isBetter(a: Sample, b: Sample): boolean {
  if (Math.abs(a.consistency - b.consistency) > 1e-9) return a.consistency > b.consistency;
  if (Math.abs(a.typed - b.typed) > 1e-9) return a.typed > b.typed;
  return a.width > b.width;
}

function takeSample(text: Uint8Array, final: boolean, delimiter: string, quote: '"' | "'"): Sample {
  let widths: number[] = [];
  let records: string[][] = [];
  // A record longer than the usual sample needs the whole head to show its width.
  for (const bytes of text.length > sampleBytes ? [text.subarray(0, sampleBytes), text] : [text]) {
    ({ widths, records } = scanSample(bytes, final, delimiter, quote));
    if (widths.length > 1) break;
  }
  const tally = new Map<number, number>();
  for (const width of widths) tally.set(width, (tally.get(width) ?? 0) + 1);
  const [width, count] = [...tally].reduce((most, entry) => (entry[1] > most[1] ? entry : most), [0, 0]);
  const consistency = widths.length === 0 ? 0 : count / widths.length - (widths[0] === width ? 0 : 0.1);
  const fields = records.flat();
  const isTyped = (field: string): boolean =>
    missing(field) || numberIn(field, POINT) || (delimiter !== ',' && numberIn(field, COMMA));
  const typed = width < 2 ? 0 : fields.filter(isTyped).length / fields.length;
  return { delimiter, quote, widths, records, consistency, width, typed };
}

function scanSample(text: Uint8Array, final: boolean, delimiter: string, quote: string) {
  const widths: number[] = [];
  const records: string[][] = [];
  const scanner = new RecordScanner({ delimiter, quote, limitBytes: Number.POSITIVE_INFINITY });
  scanner.push(text);
  while (widths.length < sampleRecords) {
    const record = nextRecord(scanner, final);
    if (record === null) break;
    widths.push(record.columns);
    const fields = Math.min(record.columns, sampleFields);
    records.push(Array.from({ length: fields }, (_, column) => fieldText(record, 0, column)));
  }
  return { widths, records };
}

/** A quote that never closes says that this is not the way the file is written; if it is after all, reading it says so. */
function nextRecord(scanner: RecordScanner, final: boolean): Records | null {
  try {
    return scanner.record(final);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'CSV_QUOTE_UNTERMINATED') return null;
    throw thrown;
  }
}

function detectDecimal(sample: Sample): '.' | ',' {
  if (sample.delimiter === ',') return '.';
  let commas = 0;
  for (const field of sample.records.flat()) {
    if (/^\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*$/.test(field)) return '.';
    if (/^\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*$/.test(field)) commas++;
  }
  return commas > 0 ? ',' : '.';
}

/**
 * Whether the first record names the columns. It does not if it reads like one more row: in every column
 * whose rows below are all numbers it holds a number too (and there is such a column), and in every other
 * column it holds a text that comes again below. Whole numbers that only grow (years, 0 1 2 ...) are names.
 */
function isHeader(records: string[][], decimal: '.' | ','): boolean {
  const [first, ...rows] = records;
  if (first === undefined || rows.length === 0) return true;
  const mark = decimal.charCodeAt(0);
  let numeric = 0;
  for (let column = 0; column < first.length; column++) {
    const name = first[column] ?? '';
    const below = rows.map((row) => row[column] ?? '').filter((field) => !missing(field));
    if (below.length === 0) continue;
    if (below.every((field) => numberIn(field, mark))) {
      if (!numberIn(name, mark) && !missing(name)) return true;
      numeric++;
    } else if (!below.includes(name)) return true;
  }
  const values = first.map(Number);
  const growing = values.every((value, i) => Number.isInteger(value) && (i === 0 || value > (values[i - 1] ?? 0)));
  return numeric === 0 || growing;
}

const encoder = new TextEncoder();

function numberIn(field: string, decimal: number): boolean {
  const bytes = encoder.encode(field);
  return !Number.isNaN(parseNumber(bytes, 0, bytes.length, decimal));
}

function missing(field: string): boolean {
  const bytes = encoder.encode(field);
  return isMissing(bytes, 0, bytes.length);
}
