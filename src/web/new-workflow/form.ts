/** The form of a new workflow as a value: from a dataset or an earlier config, to the config that is sent. */
import type { ColumnType, Dialect, Preprocessing, WorkflowConfig, WorkflowConfigInput } from '../../contract/config.js';
import type { ColumnProfile, DatasetProfile } from '../../contract/entities.js';
import { type HyperparameterName, hyperparameters, type ModelCode, modelCodes } from '../../contract/models.js';
import {
  currentText,
  isShared,
  type ParamFault,
  type ParamTexts,
  paramNames,
  parseParam,
  relevantParams,
  sharedParams,
  textOf,
} from './params.js';

export interface Form {
  name: string;
  target: string;
  model: ModelCode;
  /** Epochs, validation share and random state: the same whatever the model. */
  shared: ParamTexts;
  /** What was typed for each model is kept while another one is looked at. */
  params: Record<ModelCode, ParamTexts>;
  missing: Preprocessing['missing'];
  stratify: boolean;
  columns: Preprocessing['columns'];
  /** How the file is read, where an earlier workflow overrode what was detected. */
  reading: Preprocessing['reading'];
  /** 0 to 9: of steps that wait, those of the higher priority run first. */
  priority: number;
}

export const priorities = { low: 2, normal: 5, high: 8 } as const;

export type Reading = Preprocessing['reading'];

const untouched = (): Record<ModelCode, ParamTexts> => ({ LR: {}, SVM: {}, PER: {}, PA: {}, MLP: {} });

/** A fresh form: the last column as the target, logistic regression, every default. */
export function emptyForm(profile: DatasetProfile): Form {
  return {
    name: '',
    target: profile.columns.at(-1)?.name ?? '',
    model: modelCodes[0],
    shared: {},
    params: untouched(),
    missing: 'impute',
    stratify: false,
    columns: {},
    reading: {},
    priority: priorities.normal,
  };
}

/** The form filled in from the config of an earlier workflow. */
export function formFromConfig(config: WorkflowConfig, name: string): Form {
  const params = untouched();
  const shared: ParamTexts = {};
  for (const [key, value] of Object.entries(config.params)) {
    if (!isHyperparameter(key)) continue;
    if (isShared(key)) shared[key] = textOf(value);
    else params[config.model][key] = textOf(value);
  }
  const { missing, stratify, columns, reading } = config.preprocessing;
  const { target, model } = config;
  const priority = priorities.normal;
  return { name, target, model, shared, params, missing, stratify, columns, reading, priority };
}

const isHyperparameter = (name: string): name is HyperparameterName => Object.hasOwn(hyperparameters, name);

/** What stands in the inputs for the model that is chosen. */
export const textsOf = (form: Form): ParamTexts => ({ ...form.params[form.model], ...form.shared });

export const textFor = (form: Form, name: HyperparameterName): string => currentText(form.model, textsOf(form), name);

/** The form with one parameter as typed; null sets it back to its default. */
export function withParam(form: Form, name: HyperparameterName, text: string | null): Form {
  if (isShared(name)) return { ...form, shared: { ...form.shared, [name]: text ?? undefined } };
  const texts = { ...form.params[form.model], [name]: text ?? undefined };
  return { ...form, params: { ...form.params, [form.model]: texts } };
}

/** All parameters of the model that is chosen at their defaults (those of the split stay). */
export const withDefaultParams = (form: Form): Form => ({
  ...form,
  shared: { ...form.shared, epochs: undefined },
  params: { ...form.params, [form.model]: {} },
});

export type FormFaults = Partial<Record<HyperparameterName, ParamFault>>;

/** What is wrong with what was typed, by parameter. */
export function faultsOf(form: Form): FormFaults {
  const faults: FormFaults = {};
  for (const name of new Set([...sharedParams, ...relevantParams(form.model, textsOf(form))])) {
    const parsed = parseParam(name, textFor(form, name));
    if (!parsed.ok) faults[name] = parsed.fault;
  }
  return faults;
}

/** The config to send. Parameters that the other choices take the effect from are left at their defaults. */
export function configFromForm(form: Form): WorkflowConfigInput {
  const texts = textsOf(form);
  const relevant = new Set(relevantParams(form.model, texts));
  const params: Record<string, unknown> = {};
  for (const name of paramNames(form.model)) {
    const text = texts[name];
    if (text === undefined || !relevant.has(name)) continue;
    const parsed = parseParam(name, text);
    if (parsed.ok) params[name] = parsed.value;
  }
  const { model, target, missing, stratify, reading } = form;
  const columns = { ...form.columns };
  // A column that was left out before it was chosen as the target is no longer left out.
  if (columns[target]) setOrDelete(columns, target, { ...columns[target], use: undefined });
  return { model, target, params, preprocessing: { missing, stratify, columns, reading } };
}

// ---- reading ----

/** How the file is read: as detected, but for what was chosen. */
export const dialectOf = (detected: Dialect, reading: Reading): Dialect => ({ ...detected, ...reading });

/** The reading with one more choice; what is as detected anyway is not sent. */
export function withReading(detected: Dialect, reading: Reading, choice: Reading): Reading {
  const chosen = Object.entries({ ...reading, ...choice });
  const kept = chosen.filter(([part, value]) => detected[part as keyof Dialect] !== value); // Object.entries forgets the keys' type.
  return Object.fromEntries(kept);
}

/** The form over columns that another reading has brought: a target that is gone gives way to the last column. */
export function overColumns(form: Form, names: readonly string[]): Form {
  return names.includes(form.target) ? form : { ...form, target: names.at(-1) ?? '' };
}

// ---- columns ----

/** Whether a column becomes a feature: as chosen, else unless there is a reason to leave it out. */
export const isUsed = (form: Form, column: ColumnProfile): boolean =>
  column.name !== form.target && (form.columns[column.name]?.use ?? column.note === null);

export const typeOf = (form: Form, column: ColumnProfile): ColumnType => form.columns[column.name]?.type ?? column.type;

/** Text cannot be read as numbers; numbers can always stand for categories. */
export const canBeNumeric = (column: ColumnProfile): boolean => column.kind !== 'text' && column.kind !== 'empty';

export function withUse(form: Form, columns: readonly ColumnProfile[], use: boolean): Form {
  const chosen = { ...form.columns };
  for (const column of columns) {
    const { use: _use, ...others } = chosen[column.name] ?? {};
    // A choice that is the default anyway is not sent, so the config stays short.
    setOrDelete(chosen, column.name, use === (column.note === null) ? others : { ...others, use });
  }
  return { ...form, columns: chosen };
}

export function withType(form: Form, column: ColumnProfile, type: ColumnType): Form {
  const chosen = { ...form.columns };
  const { type: _type, impute, scale, ...others } = chosen[column.name] ?? {};
  // Ways of filling in and scaling belong to the type, so they do not outlive it.
  const kept = type === typeOf(form, column) ? { ...others, impute, scale } : others;
  setOrDelete(chosen, column.name, type === column.type ? kept : { ...kept, type });
  return { ...form, columns: chosen };
}

function setOrDelete(columns: Preprocessing['columns'], name: string, options: Preprocessing['columns'][string]): void {
  if (Object.values(options).every((value) => value === undefined)) delete columns[name];
  else columns[name] = options;
}

/** Columns that the config names and the file lacks: an edited config on another file. */
export function unknownColumns(form: Form, profile: DatasetProfile): string[] {
  const known = new Set(profile.columns.map(({ name }) => name));
  return Object.keys(form.columns).filter((name) => !known.has(name));
}
