/** What a person chooses for a workflow, as asked (partial) and as settled (every default filled in). */
import { z } from 'zod';
import { AppError } from './errors.js';
import { defaults, type HyperparameterName, hyperparameters, ModelCode, ModelSpec } from './models.js';

const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1254', 'windows-1252'] as const;
const Encoding = z.enum(encodings);

/** How the bytes of a CSV are read; detected at upload, and each part can be overridden. */
export const Dialect = z.object({
  encoding: Encoding,
  /** A byte order mark stands at the start. */
  bom: z.boolean(),
  delimiter: z.string().regex(/^[\t\x20-\x7e]$/),
  quote: z.enum(['"', "'"]),
  decimal: z.enum(['.', ',']),
  /** The first record names the columns; without it they are called `column_1`, `column_2`, ... */
  header: z.boolean(),
});
export type Dialect = z.infer<typeof Dialect>;

const dialectParts = Dialect.keyof().options;

export const isSameDialect = (a: Dialect, b: Dialect): boolean => dialectParts.every((part) => a[part] === b[part]);

export const ColumnType = z.enum(['numeric', 'categorical']);
export type ColumnType = z.infer<typeof ColumnType>;

/** The choices for one column; what is left out follows the defaults of its type. */
export const ColumnOptions = z.strictObject({
  /** Use the column as a feature, or leave it out; unset: leave out constants, names and ids. */
  use: z.boolean().optional(),
  type: ColumnType.optional(),
  /** What stands in for a missing value; `most_frequent` is the only choice of a categorical column. */
  impute: z.enum(['median', 'mean', 'most_frequent']).optional(),
  /** Numeric columns only: zero mean and unit variance, or as they are. */
  scale: z.enum(['standard', 'none']).optional(),
});
export type ColumnOptions = z.infer<typeof ColumnOptions>;

export const Preprocessing = z.strictObject({
  /** Rows with a missing value: fill the gaps, or drop every such row as `dropna()` does. */
  missing: z.enum(['impute', 'drop']).default('impute'),
  /** Keep the proportions of the classes in both parts of the split. */
  stratify: z.boolean().default(false),
  columns: z.record(z.string(), ColumnOptions).default({}),
  reading: Dialect.partial().strict().default({}),
});
export type Preprocessing = z.infer<typeof Preprocessing>;

/** Printable, and neither ours nor RabbitMQ's own. */
const foreignQueue = /^(?!zincir\.|amq\.)[\x20-\x7e]{1,200}$/;
const mostKwargsCharacters = 16_384;

/** A last step that a Celery worker of one's own runs: see `docs/operations.md`. */
const CustomStep = z.strictObject({
  /** Name of the task, as the worker has registered it. */
  task: z.string().regex(/^[\w.:/-]{1,200}$/),
  queue: z.string().regex(foreignQueue).default('celery'),
  /** Passed on as keyword arguments; the only positional one says what the workflow has come to. */
  kwargs: z
    .record(z.string(), z.unknown())
    .refine((kwargs) => JSON.stringify(kwargs).length <= mostKwargsCharacters)
    .default({}),
});

/** The config as a client sends it. */
export const WorkflowConfigInput = z.strictObject({
  model: ModelCode,
  target: z.string().min(1),
  params: z.record(z.string(), z.unknown()).default({}),
  preprocessing: Preprocessing.prefault({}),
  custom: CustomStep.optional(),
});
export type WorkflowConfigInput = z.input<typeof WorkflowConfigInput>;

/** The same choices as read back: what a newer version added is left aside, where a person who adds it is told. */
const KeptPreprocessing = z.object({
  ...Preprocessing.shape,
  columns: z.record(z.string(), z.object(ColumnOptions.shape)).default({}),
  reading: Dialect.partial().default({}),
});

/** The config as it runs: every default filled in, nothing without effect left. */
export const WorkflowConfig = z.intersection(
  ModelSpec,
  z.object({ target: z.string(), preprocessing: KeptPreprocessing, custom: z.object(CustomStep.shape).optional() }),
);
export type WorkflowConfig = z.infer<typeof WorkflowConfig>;

export interface SettledConfig {
  config: WorkflowConfig;
  /** Known hyperparameters that were given but have no effect on the chosen model. */
  ignored: string[];
}

const isHyperparameter = (name: string): name is HyperparameterName => Object.hasOwn(hyperparameters, name);

/**
 * Fills in the defaults of the chosen model and checks every hyperparameter.
 *
 * A known parameter without effect on the model is not an error: it is set aside and named in `ignored`.
 * @throws AppError `PARAM_UNKNOWN` or `PARAM_INVALID`, naming the parameter and its value; the rule is added in words where it is read;
 *   `TARGET_LEFT_OUT` where the target is among the columns that are not to be used
 */
export function settleConfig(input: z.output<typeof WorkflowConfigInput>): SettledConfig {
  const modelDefaults: Record<string, unknown> = defaults[input.model];
  const params: Record<string, unknown> = { ...modelDefaults };
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(input.params)) {
    if (value === undefined) continue;
    if (!isHyperparameter(name)) {
      throw new AppError('PARAM_UNKNOWN', { name, known: Object.keys(modelDefaults).join(', ') });
    }
    const parsed = hyperparameters[name].safeParse(value);
    if (!parsed.success) {
      throw new AppError('PARAM_INVALID', { name, value: printable(value) });
    }
    if (Object.hasOwn(modelDefaults, name)) params[name] = parsed.data;
    else ignored.push(name);
  }
  if (params.learning_rate_schedule === 'optimal' && params.alpha === 0) {
    // The schedule divides by alpha; scikit-learn refuses it too.
    throw new AppError('PARAM_INVALID', {
      name: 'alpha',
      value: '0',
      rule: 'alpha > 0 (learning_rate_schedule: optimal)',
    });
  }
  const { target, preprocessing, custom } = input;
  const { columns } = preprocessing;
  if (Object.hasOwn(columns, target) && columns[target]?.use === false) {
    throw new AppError('TARGET_LEFT_OUT', { target });
  }
  return { config: WorkflowConfig.parse({ model: input.model, params, target, preprocessing, custom }), ignored };
}

function printable(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
