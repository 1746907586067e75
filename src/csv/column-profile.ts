/** What is learned about one column while its fields go by. */
import type { ColumnProfile, DatasetProfile } from '../contract/entities.js';
import type { Batch } from './batch.js';
import { isMissing, parseBoolean } from './bytes.js';
import { Dictionary, HashSet } from './dictionary.js';
import { checkText, fieldText } from './field.js';
import type { HeaderColumn } from './header.js';
import { parseNumber } from './number.js';

/** What all columns of a file together may keep to count distinct values. */
export interface ProfileBudget {
  entries: number;
  textBytes: number;
  hashes: number;
}

export const profileBudget = (): ProfileBudget => ({ entries: 1_000_000, textBytes: 32 << 20, hashes: 2_000_000 });

/** Distinct values of a column are counted one by one up to here. */
export const distinctLimit = 10_000;
const topValues = 10;
/** After so many numbers a text looks like a slip. */
const suspiciousNumbers = 20;
const topTextLength = 200;

export class ColumnProfiler {
  private missing = 0;
  private integers = 0;
  private numbers = 0;
  private booleans = 0;
  private texts = 0;
  private nonFinite = 0;
  private firstText = { value: '', line: 0 };
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private count = 0;
  private mean = 0;
  private squares = 0;

  private dictionary: Dictionary | null = new Dictionary();
  private counts = new Uint32Array(8);
  /** The dictionary takes in no more. */
  private full = false;
  /** Lives while a text column has outgrown its dictionary and never repeated a value. */
  private unique: HashSet | null = null;
  private repeats = false;
  /** The column stopped being watched for repetition while it had none: its last rows are taken to be like the rest. */
  private unwatched = false;

  constructor(
    private readonly column: HeaderColumn,
    private readonly position: number,
    private readonly decimal: number,
    private readonly budget: ProfileBudget,
  ) {}

  /** @param rowMissing set to 1 at each row of the batch whose field is missing; `numbers` is room for a batch's numbers */
  add(batch: Batch, rowMissing: Uint8Array, numbers: Float64Array): void {
    const { values, stride, hardCounts, rows } = batch;
    const first = this.position * stride;
    if (hardCounts[this.position] === 0 && this.dictionary === null && this.texts === 0 && this.numbers > 0) {
      // Measurements among measurements: nothing is left to find out but their figures.
      this.numbers += this.merge(values.subarray(first, first + rows));
      return;
    }
    let found = 0;
    for (let row = 0; row < rows; row++) {
      const value = this.valueOf(batch, row, values[first + row] ?? Number.NaN, rowMissing);
      if (value !== null) numbers[found++] = value;
    }
    this.merge(numbers.subarray(0, found));
  }

  /** Takes in one field; answers its number if it has a finite one that counts. */
  private valueOf(batch: Batch, row: number, scanned: number, rowMissing: Uint8Array): number | null {
    const { bytes, starts, ends, columns } = batch;
    const slot = row * columns + this.position;
    const start = starts[slot] ?? 0;
    const end = ends[slot] ?? 0;
    if (Number.isNaN(scanned) && isMissing(bytes, start, end)) {
      this.missing++;
      rowMissing[row] = 1;
      return null;
    }
    let number: number | null = null;
    if (this.texts > 0) this.texts++;
    else {
      const value = Number.isNaN(scanned) ? parseNumber(bytes, start, end, this.decimal) : scanned;
      if (Number.isFinite(value)) {
        number = value;
        if (Number.isSafeInteger(value)) this.integers++;
        else this.numbers++;
      } else if (!Number.isNaN(value)) this.nonFinite++;
      else if (parseBoolean(bytes, start, end) >= 0) this.booleans++;
      else {
        this.texts++;
        this.firstText = { value: shortened(fieldText(batch, row, this.position)), line: batch.lines[row] ?? 0 };
      }
    }
    if (this.dictionary !== null) this.tally(batch, start, end, this.dictionary);
    else if (this.texts > 0) this.watch(batch, start, end);
    return number;
  }

  private tally(batch: Batch, start: number, end: number, dictionary: Dictionary): void {
    const code = this.full ? dictionary.find(batch.bytes, start, end) : dictionary.code(batch.bytes, start, end);
    if (code < 0) {
      this.watch(batch, start, end);
      return;
    }
    if (code >= this.counts.length) {
      const larger = new Uint32Array(2 * this.counts.length);
      larger.set(this.counts);
      this.counts = larger;
    }
    const before = this.counts[code] ?? 0;
    this.counts[code] = before + 1;
    if (before > 0) {
      if (!this.repeats) this.giveUpUnique();
      return;
    }
    checkText(batch, start, end);
    this.budget.entries--;
    this.budget.textBytes -= end - start;
    if (dictionary.size < distinctLimit && this.budget.entries > 0 && this.budget.textBytes > 0) return;
    this.full = true;
    if (this.texts > 0 || this.booleans > 0) {
      if (!this.repeats) this.startUnique(dictionary);
    } else {
      // Measurements: which of them is the most frequent tells nothing, and looking up each one takes time.
      this.budget.entries += dictionary.size;
      this.budget.textBytes += dictionary.textBytes;
      this.repeats = true;
      this.dictionary = null;
    }
  }

  /** A text beyond the dictionary's limit. */
  private watch(batch: Batch, start: number, end: number): void {
    checkText(batch, start, end);
    if (this.unique === null) return;
    if (!this.unique.add(batch.bytes, start, end)) {
      this.giveUpUnique();
    } else if (--this.budget.hashes < 0) {
      this.budget.hashes += this.unique.size;
      this.unique = null;
      this.unwatched = true;
    }
  }

  private startUnique(dictionary: Dictionary): void {
    this.unique = new HashSet();
    for (let code = 0; code < dictionary.size; code++) {
      this.unique.add(dictionary.bytes, dictionary.start(code), dictionary.end(code));
    }
    this.budget.hashes -= this.unique.size;
  }

  private giveUpUnique(): void {
    this.repeats = true;
    this.budget.hashes += this.unique?.size ?? 0;
    this.unique = null;
  }

  /**
   * Mean and sum of squared deviations of a batch, joined to those of the rows before (Chan, Golub, LeVeque 1979).
   * Answers how many numbers there were.
   */
  private merge(values: Float64Array): number {
    const found = values.length;
    if (found === 0) return 0;
    let { min, max } = this;
    let sum = 0;
    for (let i = 0; i < found; i++) {
      const value = values[i] ?? 0;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const mean = sum / found;
    let squares = 0;
    for (let i = 0; i < found; i++) {
      const difference = (values[i] ?? 0) - mean;
      squares += difference * difference;
    }
    const total = this.count + found;
    const difference = mean - this.mean;
    this.squares += squares + (difference * difference * this.count * found) / total;
    this.mean += (difference * found) / total;
    this.count = total;
    this.min = min;
    this.max = max;
    return found;
  }

  finish(): ColumnProfile {
    const kind = this.kind();
    const numeric = kind === 'integer' || kind === 'number';
    const { distinct: counted, top } = this.distinctValues(numeric, kind === 'boolean');
    const exact = !this.full || this.unique !== null;
    const distinct = this.unique?.size ?? (this.dictionary === null ? distinctLimit : counted);
    const present = this.integers + this.numbers + this.nonFinite + this.booleans + this.texts;
    let note: ColumnProfile['note'] = null;
    if (present === 0) note = 'empty';
    else if (exact && distinct === 1) note = 'constant';
    else if (kind === 'text' && !this.repeats && (exact ? distinct === present : this.unwatched)) note = 'identifier';
    const finite = numeric && this.count > 0;
    const figure = (value: number): number | null => (finite && Number.isFinite(value) ? value : null);
    return {
      ...this.column,
      type: kind === 'text' ? 'categorical' : 'numeric',
      kind,
      missing: this.missing,
      distinct,
      distinctExact: exact,
      min: figure(this.min),
      max: figure(this.max),
      mean: figure(this.mean),
      std: figure(Math.sqrt(this.squares / this.count)),
      top,
      note,
    };
  }

  /** What a person should know about the column beyond its figures. */
  warnings(): DatasetProfile['warnings'] {
    const column = this.column.name;
    const numbers = this.integers + this.numbers;
    if (this.texts > 0 && numbers >= suspiciousNumbers) {
      return [{ code: 'numbersThenText', params: { column, count: numbers, ...this.firstText } }];
    }
    if (this.texts > 0 || this.nonFinite === 0) return [];
    return [{ code: 'notFinite', params: { column, count: this.nonFinite } }];
  }

  private kind(): ColumnProfile['kind'] {
    const numbers = this.integers + this.numbers + this.nonFinite;
    if (this.texts > 0 || (this.booleans > 0 && numbers > 0)) return 'text';
    if (this.booleans > 0) return 'boolean';
    if (numbers === 0) return 'empty';
    return this.numbers + this.nonFinite === 0 ? 'integer' : 'number';
  }

  /** How many different values there are, and the most frequent of them; `1` and `1.0` are one number, `True` and `true` one truth. */
  private distinctValues(numeric: boolean, boolean: boolean): { distinct: number; top: ColumnProfile['top'] } {
    const { dictionary, counts, decimal } = this;
    if (dictionary === null) return { distinct: distinctLimit, top: [] };
    const { bytes, size } = dictionary;
    if (!numeric && !boolean) {
      const codes = Int32Array.from({ length: size }, (_, code) => code);
      codes.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
      const top = Array.from(codes.subarray(0, topValues), (code) => ({
        value: shortened(dictionary.textOf(code)),
        count: counts[code] ?? 0,
      }));
      return { distinct: size, top };
    }
    const merged = new Map<number, number>();
    for (let code = 0; code < size; code++) {
      const start = dictionary.start(code);
      const end = dictionary.end(code);
      const value = boolean ? parseBoolean(bytes, start, end) : parseNumber(bytes, start, end, decimal);
      merged.set(value, (merged.get(value) ?? 0) + (counts[code] ?? 0));
    }
    const top = [...merged]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, topValues)
      .map(([value, count]) => ({ value: boolean ? String(value === 1) : String(value), count }));
    return { distinct: merged.size, top };
  }
}

const shortened = (value: string): string =>
  value.length <= topTextLength ? value : `${value.slice(0, topTextLength)}…`;
