/** Stored errors and log lines in words. */
import type { ErrorInfo, StoredError } from '../entities.js';
import { fill, type Language, messagesOf, type Values } from './translate.js';

export function renderError(language: Language, error: StoredError): ErrorInfo {
  const texts = messagesOf(language).errors[error.code];
  const values =
    error.code === 'PARAM_INVALID'
      ? { rule: parameterRule(language, error.params.name), ...error.params }
      : error.params;
  return { ...error, message: fill(language, texts.message, values), hint: fill(language, texts.hint, values) };
}

/** What a hyperparameter accepts, in words. */
function parameterRule(language: Language, name: unknown): string {
  const known: Record<string, { rule: string }> = messagesOf(language).terms.hyperparameters;
  return known[String(name)]?.rule ?? '';
}

/** The text of a log line or of a dataset's warning; a code that the catalogue does not know (a newer worker's) shows as itself. */
export function renderLog(language: Language, code: string, params: Values): string {
  const texts: Record<string, string> = messagesOf(language).logs;
  return fill(language, texts[code] ?? code, params);
}
