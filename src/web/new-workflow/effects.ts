/** What the choices of the form do to the data: counted from the profile, before anything runs. */
import type { ColumnProfile, DatasetProfile, StoredError } from '../../contract/entities.js';
import { targetFault as faultOf } from '../../contract/target.js';
import { type Form, isUsed, textFor, typeOf } from './form.js';
import { readNumber } from './params.js';

export interface Effects {
  rows: {
    total: number;
    /** Dropped because the target is missing. */
    withoutTarget: number;
    /** Dropped because of `missing: drop`; at most, where the profile counts all columns together. */
    withMissing: number;
    left: number;
    /** Surely no row is left; never said of a file whose head alone was read. */
    none: boolean;
    train: number;
    validation: number;
  };
  columns: { used: number; leftOut: number; numeric: number; categorical: number };
  /** Columns of the matrix that the model learns from. */
  features: number;
  /** How well they are known: `most` where a category may have no training row, `about` where not every value was counted. */
  featuresAre: 'exact' | 'most' | 'about';
  classes: number;
  classesExact: boolean;
}

export function effectsOf(form: Form, profile: DatasetProfile): Effects {
  const target = profile.columns.find(({ name }) => name === form.target);
  const used = profile.columns.filter((column) => isUsed(form, column));
  const categorical = used.filter((column) => typeOf(form, column) === 'categorical');
  const numeric = used.length - categorical.length;
  const total = profile.rows;
  const withoutTarget = target?.missing ?? 0;
  const withMissing = form.missing === 'drop' ? Math.max(0, profile.rowsWithMissing - withoutTarget) : 0;
  const left = Math.max(0, total - withoutTarget - withMissing);
  const share = readNumber(textFor(form, 'test_size')) ?? 0;
  // scikit-learn rounds the validation side up, and training takes the rest.
  const validation = Math.min(left, Math.ceil(left * Math.min(1, Math.max(0, share)) - 1e-9));
  return {
    rows: {
      total,
      withoutTarget,
      withMissing,
      left,
      none: profile.complete && left === 0,
      train: left - validation,
      validation,
    },
    columns: {
      used: used.length,
      leftOut: profile.columns.length - used.length - (target ? 1 : 0),
      numeric,
      categorical: categorical.length,
    },
    features: numeric + categorical.reduce((sum, column) => sum + column.distinct, 0),
    featuresAre: !(profile.complete && categorical.every(({ distinctExact }) => distinctExact))
      ? 'about'
      : categorical.every((column) => isInTraining(column, total - left + validation))
        ? 'exact'
        : 'most',
    classes: target?.distinct ?? 0,
    classesExact: target?.distinctExact ?? true,
  };
}

/** Whether each value of a column has a training row whichever rows are kept from training. */
const isInTraining = ({ top, distinct }: ColumnProfile, rowsKeptAway: number): boolean =>
  top.length === distinct && top.every(({ count }) => count > rowsKeptAway);

/** Why a column cannot be the target, in the catalogue's terms; null where it can. */
export function targetFault(
  target: ColumnProfile | undefined,
  form: Form,
  profile: DatasetProfile,
): StoredError | null {
  if (!target) {
    const columns = profile.columns.slice(0, 8).map(({ name }) => name);
    const more = profile.columns.length > columns.length ? ', …' : '';
    return { code: 'TARGET_UNKNOWN', params: { target: form.target, columns: columns.join(', ') + more } };
  }
  if (target.kind === 'empty') return { code: 'TARGET_EMPTY', params: { target: target.name } };
  return profile.complete ? faultOf(target, profile.rows) : null;
}

/** Classes of the target with their counts, as far as the profile lists them, and how many more there are. */
export function classCounts(target: ColumnProfile): { classes: { value: string; count: number }[]; more: number } {
  return { classes: target.top, more: Math.max(0, target.distinct - target.top.length) };
}

interface RareClasses {
  /** At least so many classes of the target have one row only. */
  count: number;
  /** Those that the profile lists. */
  labels: string[];
}

/** Classes of one row, as far as the profile of the whole file tells. */
export function rareClasses(target: ColumnProfile, profile: DatasetProfile): RareClasses {
  if (!profile.complete || !target.distinctExact) return { count: 0, labels: [] };
  const labels = target.top.filter(({ count }) => count === 1).map(({ value }) => value);
  const { more } = classCounts(target);
  // The list begins with the most frequent: behind one of one row there are none of more.
  if (labels.length > 0) return { count: labels.length + more, labels };
  const listed = target.top.reduce((sum, { count }) => sum + count, 0);
  const rest = profile.rows - target.missing - listed;
  return { count: Math.max(0, 2 * more - rest), labels };
}

/** `2024-05-31`, `2024-05-31T10:00`, `31.05.2024`, `5/31/24 10:00` and the like. */
const datePattern = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4}))([T ].*)?$/;

/** Names of the columns that would be learnt from date by date: each date is a category, and so a feature. */
export function dateColumns(form: Form, profile: DatasetProfile): string[] {
  return profile.columns
    .filter((column) => column.kind === 'text' && isUsed(form, column))
    .filter(({ top }) => top.length > 0 && top.every(({ value }) => datePattern.test(value)))
    .map(({ name }) => name);
}

/** Fewer rows may be numbered by chance. */
const fewestNumbered = 20;

/** Names of the columns of numbers that count the rows, such as 0, 1, 2 or 1001, 1002, 1003 in any order. */
export function numberingColumns(form: Form, profile: DatasetProfile): string[] {
  const { complete, rows, columns } = profile;
  if (!complete || rows < fewestNumbered) return [];
  return columns
    .filter((column) => column.kind === 'integer' && isUsed(form, column) && typeOf(form, column) === 'numeric')
    .filter(({ distinct, distinctExact }) => distinctExact && distinct === rows)
    .filter(({ min, max }) => min !== null && max !== null && max - min === rows - 1)
    .map(({ name }) => name);
}
