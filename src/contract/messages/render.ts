/** Stored errors and log lines in words. */
import type { ErrorInfo, StoredError } from '../entities.js';
import { fill, type Language, messagesOf, type Values } from './translate.js';

export function renderError(language: Language, error: StoredError): ErrorInfo {
  const texts = messagesOf(language).errors[error.code];
  return {
    ...error,
    message: fill(language, texts.message, error.params),
    hint: fill(language, texts.hint, error.params),
  };
}

/** The text of a log line or of a dataset's warning; a code that the catalogue does not know (a newer worker's) shows as itself. */
export function renderLog(language: Language, code: string, params: Values): string {
  const texts: Record<string, string> = messagesOf(language).logs;
  return fill(language, texts[code] ?? code, params);
}
