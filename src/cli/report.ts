/** An error as the command line prints it, and the exit code that it stands for. */
import { AppError, type ErrorParams, toAppError } from '../contract/errors.js';
import { renderError } from '../contract/messages/render.js';
import { type Language, messagesOf } from '../contract/messages/translate.js';
import { ProblemError } from './client.js';
import { Interrupted } from './interruption.js';
import { type Paint, printable } from './paint.js';

/** Wrong usage or input; what is not the user's to mend ends with 1. */
const usageExitCode = 2;

export interface ReportedError {
  code: string;
  params: ErrorParams;
  message: string;
  hint: string;
}

export function describeError(language: Language, thrown: unknown): ReportedError {
  if (thrown instanceof ProblemError) {
    const { code, params = {}, detail, hint } = thrown.problem;
    return { code, params, message: detail, hint };
  }
  const { code, params } = toAppError(thrown);
  return renderError(language, { code, params });
}

export function exitCodeOfError(thrown: unknown): number {
  if (thrown instanceof Interrupted) return thrown.exitCode;
  const status = thrown instanceof ProblemError ? thrown.problem.status : toAppError(thrown).status;
  return status >= 400 && status < 500 ? usageExitCode : 1;
}

/** What happened and what to do; the stack traces only when they are asked for. */
export function renderReport(language: Language, thrown: unknown, options: { verbose: boolean; paint: Paint }): string {
  const { paint } = options;
  const texts = messagesOf(language).cli.errors;
  const { code, message, hint } = describeError(language, thrown);
  const lines = [
    `${paint.red(`${texts.error} ${code}:`)} ${clean(message)}`,
    ...(hint === '' ? [] : [`${paint.cyan(`${texts.hint}:`)} ${clean(hint)}`]),
  ];
  if (options.verbose) lines.push(...stacks(thrown, texts.cause));
  return lines.join('\n');
}

const clean = (text: string) => text.split('\n').map(printable).join('\n');

function stacks(thrown: unknown, causeWord: string): string[] {
  const lines: string[] = [];
  let error = thrown;
  for (let depth = 0; error !== undefined && depth < 8; depth++) {
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    lines.push(depth === 0 ? text : `${causeWord}: ${text}`);
    error = error instanceof Error ? error.cause : undefined;
  }
  return lines;
}

/** Wrong usage, in words that are already chosen; the hint names the command whose help to read. */
export class UsageError extends AppError {
  constructor(detail: string) {
    super('USAGE', { detail });
  }
}
