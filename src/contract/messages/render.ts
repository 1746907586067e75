/** Stored errors and log lines in words. */
import type { ErrorInfo, StoredError } from '../entities.js';
import type { ErrorCode } from '../errors.js';
import type { OperationsWarning } from '../operations.js';
import type { Messages } from './en/index.js';
import { fill, type Language, messagesOf, type Values } from './translate.js';

export type WarningCode = keyof Messages['operations']['warnings'];

type Coded<Code extends string> = Pick<ErrorInfo, 'params'> & { code: Code } & Partial<
    Pick<ErrorInfo, 'message' | 'hint'>
  >;

/**
 * An error in words. A code that the catalogue does not know (a newer version's) keeps the words that came with it,
 * or shows as itself.
 */
export function renderError<Code extends string>(language: Language, error: Coded<Code>): ErrorInfo & { code: Code } {
  if (!isKnown(language, error)) {
    const { newer } = messagesOf(language).terms;
    return { ...error, message: error.message ?? error.code, hint: error.hint ?? newer };
  }
  const texts = messagesOf(language).errors[error.code];
  const values = valuesOf(language, error);
  return { ...error, message: inWords(language, texts.message, values), hint: inWords(language, texts.hint, values) };
}

/** The text of a log line or of a dataset's warning; a code that the catalogue does not know (a newer worker's) shows as itself. */
export function renderLog(language: Language, code: string, params: Values): string {
  const texts: Record<string, string> = messagesOf(language).logs;
  const text = (code === 'headerRenamed' && params.original === '' ? texts.headerUnnamed : texts[code]) ?? code;
  if (typeof params.accuracy === 'number') params = { ...params, accuracy: percentage(language, params.accuracy) };
  if (!text.includes('{fault}')) return inWords(language, text, params);
  return inWords(language, text, { ...params, fault: faultInWords(language, params.code, params) });
}

/** A warning to operators in words. */
export function renderWarning(language: Language, code: WarningCode, params: ErrorInfo['params']): OperationsWarning {
  const { message, hint } = messagesOf(language).operations.warnings[code];
  return { code, params, message: fill(language, message, params), hint: fill(language, hint, params) };
}

/** A share between 0 and 1 as every surface writes it. */
function percentage(language: Language, share: number): string {
  const style = { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;
  return new Intl.NumberFormat(language, style).format(share);
}

function valuesOf(language: Language, { code, params }: StoredError): Values {
  if (code === 'PARAM_INVALID') return { rule: parameterRule(language, params.name), ...params };
  if (code === 'SETTING_INVALID') return { ...params, rule: settingRule(language, params.setting) ?? params.rule };
  if (code === 'STEP_GAVE_UP') return { ...params, lastFault: faultInWords(language, params.lastCode, params) };
  if (code === 'TARGET_CONTINUOUS') return { ...params, example: exampleOf(language, params) };
  if (systemRefusals.includes(code)) return { ...params, detail: systemFault(language, params.detail) };
  return params;
}

/** Errors whose detail is what the operating system said. */
const systemRefusals: readonly string[] = ['FILE_NOT_WRITABLE', 'DATA_DIR_NOT_WRITABLE', 'PORT_FORBIDDEN'];

/** `ENOTDIR`, or `ENOTDIR: not a directory, mkdir ...`, in words; what is not known stays as it came. */
function systemFault(language: Language, detail: Values[string]): Values[string] {
  const known: Record<string, string> = messagesOf(language).terms.systemFaults;
  return known[/^E[A-Z0-9]+\b/.exec(String(detail))?.[0] ?? ''] ?? detail;
}

/** A value of a target and, where one was read there, its line: a profile tells values alone. */
function exampleOf(language: Language, params: Values): string {
  const { onLine, alone } = messagesOf(language).terms.example;
  return fill(language, typeof params.line === 'number' ? onLine : alone, params);
}

/** What a hyperparameter accepts, in words. */
function parameterRule(language: Language, name: unknown): string {
  const known: Record<string, { rule: string }> = messagesOf(language).terms.hyperparameters;
  return known[String(name)]?.rule ?? '';
}

function settingRule(language: Language, name: unknown): string | undefined {
  const known: Record<string, string> = messagesOf(language).terms.settingRules;
  return known[String(name)];
}

/** An error that another text tells of; its bare code where its values were not kept or this version does not know it. */
function faultInWords(language: Language, code: unknown, params: Values): string {
  const bare = `${code}.`;
  if (!isErrorCode(language, code)) return bare;
  const kept = Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const { message } = renderError(language, { code, params: Object.fromEntries(kept) });
  return /\{\w+\}/.test(message) ? bare : message;
}

function isKnown<Code extends string>(language: Language, error: Coded<Code>): error is Coded<Code & ErrorCode> {
  return isErrorCode(language, error.code);
}

function isErrorCode(language: Language, code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(messagesOf(language).errors, code);
}

/** Fills a text; steps are called by their names in the language, with a capital where they begin the sentence. */
function inWords(language: Language, text: string, values: Values): string {
  const steps: Record<string, string> = messagesOf(language).terms.stepsInText;
  const step = steps[String(values.step)] ?? values.step;
  const filled = fill(language, text, { ...values, step });
  if (!text.startsWith('{step}')) return filled;
  return `${filled.charAt(0).toLocaleUpperCase(language)}${filled.slice(1)}`;
}
