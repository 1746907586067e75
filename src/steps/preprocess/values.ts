/** Columns of texts as they are kept while a file is read: a dictionary, and a code a row. */
import { Dictionary, parseBoolean, parseNumber } from '../../csv/index.js';

/** Codes into a dictionary of texts, -1 for a missing value. */
export class CodeList {
  readonly dictionary = new Dictionary();
  private codes: Int32Array;
  length = 0;

  constructor(expected: number) {
    this.codes = new Int32Array(Math.max(expected, 1));
  }

  push(code: number): void {
    if (this.length === this.codes.length) {
      const larger = new Int32Array(2 * this.length);
      larger.set(this.codes);
      this.codes = larger;
    }
    this.codes[this.length++] = code;
  }

  get all(): Int32Array {
    return this.codes.subarray(0, this.length);
  }
}

/**
 * The values behind a dictionary's codes, sorted, and each code's place among them (several spellings of one
 * number share a place). Texts are sorted by code point, as Python sorts them.
 * @param values what the texts stand for; truths become the numbers 0 and 1
 */
export function sortedValues(
  dictionary: Dictionary,
  values: 'text' | 'number' | 'boolean',
  decimal: number,
): { labels: string[] | number[]; places: Int32Array } {
  const codes = Array.from({ length: dictionary.size }, (_, code) => code);
  const places = new Int32Array(dictionary.size);
  if (values === 'text') {
    const sorted = codes.sort((a, b) => dictionary.compare(a, b));
    sorted.forEach((code, place) => {
      places[code] = place;
    });
    return { labels: sorted.map((code) => dictionary.textOf(code)), places };
  }
  const numbers = codes.map((code) => {
    const start = dictionary.start(code);
    const end = dictionary.end(code);
    // Adding 0 makes -0 the 0 that it equals.
    return values === 'boolean'
      ? parseBoolean(dictionary.bytes, start, end)
      : parseNumber(dictionary.bytes, start, end, decimal) + 0;
  });
  const labels = [...new Set(numbers)].sort((a, b) => a - b);
  const placeOf = new Map(labels.map((label, place) => [label, place]));
  numbers.forEach((number, code) => {
    places[code] = placeOf.get(number) ?? -1;
  });
  return { labels, places };
}
