/**
 * The catalogue of errors. A code is a promise: scripts branch on it. Its text (what happened, what to do)
 * stands in `messages/<language>/errors.ts` under the same code and is rendered where a person reads it,
 * so an error that the database keeps can be read in any language.
 */
export interface ErrorKind {
  /** HTTP status. */
  status: number;
  /** A fault of the machinery that may pass by itself, so the step is tried again. */
  retryable: boolean;
}

const input: ErrorKind = { status: 422, retryable: false };
const request: ErrorKind = { status: 400, retryable: false };
const missing: ErrorKind = { status: 404, retryable: false };
const unknown: ErrorKind = { status: 401, retryable: false };
const conflict: ErrorKind = { status: 409, retryable: false };
const machinery: ErrorKind = { status: 503, retryable: true };

export const errorCatalogue = {
  CSV_EMPTY: input,
  CSV_HEADER_ONLY: input,
  CSV_ONE_COLUMN: input,
  CSV_TOO_FEW_ROWS: input,
  CSV_RAGGED: input,
  CSV_BINARY: input,
  CSV_ENCODING: input,
  CSV_QUOTE_UNTERMINATED: input,
  CSV_RECORD_TOO_LONG: input,
  CSV_VALUE_NOT_NUMERIC: input,
  CSV_NOT_FINITE: input,
  TARGET_UNKNOWN: input,
  TARGET_LEFT_OUT: input,
  TARGET_EMPTY: input,
  TARGET_CONSTANT: input,
  TARGET_CONTINUOUS: input,
  TARGET_ALL_DISTINCT: input,
  TARGET_TOO_MANY_CLASSES: input,
  COLUMN_UNKNOWN: input,
  CLASS_TOO_SMALL: input,
  CLASS_WEIGHT_UNKNOWN: input,
  FEATURES_NONE: input,
  FEATURES_TOO_MANY: input,
  ROWS_ALL_DROPPED: input,
  SPLIT_TOO_SMALL: input,
  TRAIN_ONE_CLASS: input,
  DIVERGED: input,
  MEMORY_TOO_SMALL: input,
  PARAM_UNKNOWN: input,
  PARAM_INVALID: input,
  REQUEST_INVALID: request,
  REQUEST_NOT_JSON: request,
  REQUEST_TOO_LARGE: { status: 413, retryable: false },
  UPLOAD_NO_FILE: request,
  UPLOAD_INCOMPLETE: request,
  UPLOAD_TOO_LARGE: { status: 413, retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false },
  ROUTE_NOT_FOUND: missing,
  DATASET_NOT_FOUND: missing,
  WORKFLOW_NOT_FOUND: missing,
  ARTIFACT_NOT_FOUND: missing,
  ARTIFACT_NOT_READY: conflict,
  RANGE_NOT_SATISFIABLE: { status: 416, retryable: false },
  DATASET_IN_USE: conflict,
  WORKFLOW_ENDED: conflict,
  WORKFLOW_NOT_FAILED: conflict,
  TASK_NOT_FOUND: missing,
  TASK_RUNNING: conflict,
  TASK_ENDED: conflict,
  TASK_NOT_FAILED: conflict,
  TASK_REPLACED: conflict,
  TASKS_CHANGED: conflict,
  QUEUE_NOT_FOUND: missing,
  QUEUE_NOT_CONFIRMED: request,
  WORKER_NOT_FOUND: missing,
  WORKER_OFFLINE: conflict,
  FORBIDDEN_HOST: { status: 421, retryable: false },
  FORBIDDEN_ORIGIN: { status: 403, retryable: false },
  FLOWER_UNAVAILABLE: { status: 502, retryable: false },
  LOGIN_REQUIRED: unknown,
  LOGIN_FAILED: unknown,
  LOGIN_TOO_OFTEN: { status: 429, retryable: false },
  ROLE_TOO_LOW: { status: 403, retryable: false },
  USERS_FILE_INVALID: request,
  FILE_CORRUPT: input,
  CUSTOM_STEP_UNAVAILABLE: input,
  CUSTOM_STEP_FAILED: { status: 500, retryable: false },
  CUSTOM_STEP_REVOKED: { status: 500, retryable: false },
  STEP_OUT_OF_MEMORY: { status: 500, retryable: false },
  STEP_TIMEOUT: { status: 500, retryable: false },
  STEP_GAVE_UP: { status: 500, retryable: false },
  STEP_CRASHED: { status: 500, retryable: true },
  WORKER_LOST: machinery,
  WORKER_STOPPED: machinery,
  STORAGE_FULL: { status: 507, retryable: true },
  STORAGE_UNAVAILABLE: machinery,
  DATABASE_UNAVAILABLE: machinery,
  DATABASE_FORBIDDEN: { status: 503, retryable: false },
  BROKER_UNAVAILABLE: machinery,
  SERVER_UNREACHABLE: machinery,
  CANCELLED: conflict,
  FILE_NOT_FOUND: request,
  FILE_IS_DIRECTORY: request,
  FILE_NOT_REGULAR: request,
  FILE_NOT_WRITABLE: request,
  USAGE: request,
  SETTING_INVALID: request,
  PORT_IN_USE: conflict,
  PORT_FORBIDDEN: conflict,
  DATA_DIR_LOCKED: conflict,
  DATA_DIR_NOT_WRITABLE: conflict,
  INTERNAL: { status: 500, retryable: true },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

/** Values that the text of an error names: column, row, line, limit, ... */
export type ErrorParams = Record<string, string | number | boolean | null>;

/** The one error that the program throws on purpose. Its `message` is the code and its values, for logs. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: { cause?: unknown }) {
    super(`${code} ${JSON.stringify(params)}`, options);
    this.name = 'AppError';
    this.code = code;
    this.params = params;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }
}

/** Any thrown value as an AppError: what is unknown becomes `INTERNAL`, and keeps its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const systemCode = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') return new AppError('STORAGE_FULL', {}, { cause: thrown });
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('INTERNAL', { detail }, { cause: thrown });
}
