/** The target's labels, and each kept row's class. */
import type { Preprocessing } from '../../contract/config.js';
import type { ColumnProfile } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import type { ClassLabels } from '../../learn/types.js';
import type { StepContext } from '../context.js';
import { type CodeList, sortedValues } from './values.js';

/** Classes with one row that are named. */
const rareClassesNamed = 10;

export interface Classes {
  /** Sorted; whole numbers stay numbers, all else is text (`1.5`, `True`). */
  readonly labels: ClassLabels;
  /** One a row, an index into `labels`. */
  readonly codes: Int32Array;
  readonly counts: Int32Array;
}

export function classesOf(target: CodeList, kind: ColumnProfile['kind'], decimal: number): Classes {
  const values = kind === 'integer' || kind === 'number' ? 'number' : kind === 'boolean' ? 'boolean' : 'text';
  const { labels, places } = sortedValues(target.dictionary, values, decimal);
  const codes = target.all.map((code) => places[code] ?? 0);
  const counts = new Int32Array(labels.length);
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  if (kind === 'number') return sortedByText({ labels: labels.map(String), codes, counts });
  if (kind === 'boolean') return { labels: labels.map((label) => (label === 1 ? 'True' : 'False')), codes, counts };
  return { labels, codes, counts };
}

/** Fractions are labels in words, and labels in words are sorted as such: `10.5` before `9.5`. */
function sortedByText({ labels, codes, counts }: { labels: string[]; codes: Int32Array; counts: Int32Array }): Classes {
  const order = labels.map((_, code) => code).sort((a, b) => ((labels[a] ?? '') < (labels[b] ?? '') ? -1 : 1));
  const place = new Int32Array(order.length);
  order.forEach((code, rank) => {
    place[code] = rank;
  });
  return {
    labels: order.map((code) => labels[code] ?? ''),
    codes: codes.map((code) => place[code] ?? 0),
    counts: Int32Array.from(order, (code) => counts[code] ?? 0),
  };
}

/**
 * What can be wrong with the classes of the rows that are kept.
 * @throws AppError `TARGET_CONSTANT`, `CLASS_TOO_SMALL`, `CLASS_WEIGHT_UNKNOWN`
 */
export function checkClasses(context: StepContext, classes: Classes, { stratify }: Preprocessing): void {
  const { config } = context.input;
  const { labels, counts } = classes;
  if (labels.length < 2) {
    throw new AppError('TARGET_CONSTANT', { target: config.target, value: String(labels[0] ?? '') });
  }
  const rare = labels.map(String).filter((_, k) => counts[k] === 1);
  const [first] = rare;
  if (first !== undefined) {
    if (stratify) throw new AppError('CLASS_TOO_SMALL', { label: first, count: 1 });
    logRareClasses(context, first, rare);
  }
  const weights = 'class_weight' in config.params ? config.params.class_weight : null;
  if (weights === null || weights === 'balanced') return;
  const known = new Set(labels.map(String));
  const unknown = Object.keys(weights).find((label) => !known.has(label));
  if (unknown === undefined) return;
  throw new AppError('CLASS_WEIGHT_UNKNOWN', { label: unknown, classes: labels.slice(0, 50).join(', ') });
}

/** Once for all of them: of hundreds of lines that say the same, none is read. */
function logRareClasses(context: StepContext, first: string, rare: readonly string[]): void {
  if (rare.length === 1) {
    context.log('warning', 'rareClass', { label: first, count: 1 });
    return;
  }
  const more = rare.length > rareClassesNamed ? ', …' : '';
  const named = rare.slice(0, rareClassesNamed).join(', ') + more;
  context.log('warning', 'rareClasses', { count: rare.length, labels: named });
}
