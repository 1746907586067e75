/** Which columns are learned from, and how: decided from the profile and the config before a row is read. */
import type { ColumnOptions, Preprocessing } from '../../contract/config.js';
import type { ColumnProfile, DatasetProfile } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';

export interface NumericPlan {
  readonly name: string;
  readonly position: number;
  readonly boolean: boolean;
  readonly impute: 'median' | 'mean' | 'most_frequent';
  readonly scale: 'standard' | 'none';
}
export interface CategoricalPlan {
  readonly name: string;
  readonly position: number;
  /** What the categories are: texts, numbers, or truths (as the numbers 0 and 1). */
  readonly values: 'text' | 'number' | 'boolean';
}
export interface LeftOut {
  readonly column: string;
  readonly reason: 'constant' | 'identifier' | 'empty' | 'chosen';
}
export interface Plan {
  readonly target: ColumnProfile & { readonly position: number };
  readonly numeric: readonly NumericPlan[];
  readonly categorical: readonly CategoricalPlan[];
  readonly leftOut: readonly LeftOut[];
  /** All columns but the target, in file order. */
  readonly inputColumns: readonly string[];
  /** Rows with a missing value in any column of the file, used or not, are dropped, as `DataFrame.dropna()` does. */
  readonly dropMissing: boolean;
}

/** Names listed in an error's hint at most. */
const listedColumns = 50;

/**
 * @throws AppError `TARGET_UNKNOWN`, `COLUMN_UNKNOWN`, `PARAM_INVALID` (an imputation that the column's type
 *   does not have), `FEATURES_NONE`
 */
export function makePlan(profile: DatasetProfile, target: string, preprocessing: Preprocessing): Plan {
  const { columns } = profile;
  const known = new Set(columns.map(({ name }) => name));
  const position = columns.findIndex(({ name }) => name === target);
  const targetProfile = columns[position];
  if (targetProfile === undefined) throw new AppError('TARGET_UNKNOWN', { target, columns: listed(columns) });
  for (const column of Object.keys(preprocessing.columns)) {
    if (!known.has(column)) throw new AppError('COLUMN_UNKNOWN', { column, columns: listed(columns) });
  }
  const numeric: NumericPlan[] = [];
  const categorical: CategoricalPlan[] = [];
  const leftOut: LeftOut[] = [];
  columns.forEach((column, index) => {
    if (index === position) return;
    const options = optionsOf(preprocessing, column.name);
    const reason = reasonAgainst(column, options);
    if (reason !== null) leftOut.push({ column: column.name, reason });
    else if ((options.type ?? column.type) === 'numeric') numeric.push(numericPlan(column, index, options));
    else categorical.push(categoricalPlan(column, index, options));
  });
  if (numeric.length + categorical.length === 0) throw new AppError('FEATURES_NONE');
  return {
    target: { ...targetProfile, position },
    numeric,
    categorical,
    leftOut,
    inputColumns: columns.filter((_, index) => index !== position).map(({ name }) => name),
    dropMissing: preprocessing.missing === 'drop',
  };
}

function optionsOf({ columns }: Preprocessing, name: string): ColumnOptions {
  return Object.hasOwn(columns, name) ? (columns[name] ?? {}) : {};
}

function listed(columns: readonly ColumnProfile[]): string {
  const names = columns.slice(0, listedColumns).map(({ name }) => name);
  return names.join(', ') + (columns.length > listedColumns ? ', …' : '');
}

/** A column without a value teaches nothing, even where it is asked for. */
function reasonAgainst(column: ColumnProfile, options: ColumnOptions): LeftOut['reason'] | null {
  if (options.use === false) return 'chosen';
  if (column.note === 'empty') return 'empty';
  if (options.use === true) return null;
  // Asked for as numbers, the column is no name: a text in it is then an error with its place.
  return column.note === 'identifier' && options.type === 'numeric' ? null : column.note;
}

function numericPlan({ name, kind }: ColumnProfile, position: number, options: ColumnOptions): NumericPlan {
  const { impute = 'median', scale = 'standard' } = options;
  return { name, position, boolean: kind === 'boolean', impute, scale };
}

function categoricalPlan({ name, kind }: ColumnProfile, position: number, options: ColumnOptions): CategoricalPlan {
  const { impute = 'most_frequent' } = options;
  if (impute !== 'most_frequent') {
    throw new AppError('PARAM_INVALID', {
      name: `preprocessing.columns.${name}.impute`,
      value: impute,
      rule: 'most_frequent',
    });
  }
  return { name, position, values: kind === 'text' ? 'text' : kind === 'boolean' ? 'boolean' : 'number' };
}
