/** What a database must be able to do for us. PGlite and node-postgres each implement it in a few lines. */
import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { AppError } from '../contract/errors.js';

export interface Queries {
  /**
   * Rows as the database gives them: bigint as number, timestamptz as Date, jsonb parsed.
   * @param name a server keeps the statement's plan under this name, which one text alone may have
   */
  query<Row>(statement: SQL, name?: string): Promise<Row[]>;
  /** Tells those who listen on the channel, here and elsewhere, once what was written before is committed. */
  tell(channel: string, payload: string): void;
}

export interface Driver extends Queries {
  /** Statements that are asked for at the same time run at the same time. */
  readonly sideBySide: boolean;
  /** All or nothing; runs again where the database asks for it (deadlock, serialization failure). */
  transaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result>;
  /** What is told may be lost with the process that tells it, and comes soon, not at once. `heard(null)` says that payloads may have been missed (the connection was away): look at everything. */
  listen(channel: string, heard: (payload: string | null) => void): Promise<() => Promise<void>>;
  /** The housekeeping that a server does by itself. */
  maintain(): Promise<void>;
  /** Version and place, for a person, and the rights that are missing. */
  describe(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}

const dialect = new PgDialect();

/** The text and parameters of a statement, as both drivers take them. PostgreSQL's texts cannot hold U+0000. */
export function render(statement: SQL): { text: string; values: unknown[] } {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return { text, values: params.map((value) => (typeof value === 'string' ? storable(value) : value)) };
}

const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text);

/** A value as one jsonb parameter. (An array given as it is would become a PostgreSQL array in node-postgres.) */
export function json(value: unknown): SQL {
  if (value === null || value === undefined) return sql`${null}::jsonb`;
  const text = JSON.stringify(value);
  // Neither can jsonb, nor half of a surrogate pair; both are written as escapes.
  const unstorable = /\\u(0000|d[89a-f])/.test(text);
  return sql`${unstorable ? JSON.stringify(value, storableText) : text}::jsonb`;
}

const storableText = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? storable(value).replace(/\p{Cs}/gu, '\ufffd') : value;

/** Values as one array parameter, instead of one parameter each. */
export const list = (values: readonly unknown[]) => sql.param([...values]);

/**
 * In a statement whose loss does no harm, as part of what it gives: its commit does not wait for the disk. A server
 * that crashes may forget the last second of such statements, never parts of them.
 */
export const unhurried = sql`set_config('synchronous_commit', 'off', true)`;

/**
 * False for every statement of ours that does something, a lock or a word to others too: each of those says so by one
 * of these words, and values are no part of the text. A reading one that mentions them counts as one that writes.
 */
export const onlyReads = (text: string): boolean =>
  /^\s*(SELECT|WITH)\b/i.test(text) &&
  !/\b(INSERT|UPDATE|DELETE|MERGE|INTO|SHARE|set_config|setval|nextval|pg_notify|pg_\w*lock\w*|pg_terminate_backend)\b/i.test(
    text,
  );

/** Codes with which a transaction may simply be tried again. */
const tryAgain = new Set(['40001', '40P01']);
const maxTries = 5;

/** Runs `once` until it succeeds or fails for a reason that another try does not mend. */
export async function withRetries<Result>(once: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await once();
    } catch (thrown) {
      if (tried >= maxTries || !tryAgain.has(sqlState(thrown) ?? '')) throw toDatabaseError(thrown);
    }
  }
}

/** Faults of the database as errors of the contract; what is no such fault comes back as it was. */
export function toDatabaseError(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  const code = sqlState(thrown);
  if (code === '53100' || code === 'ENOSPC') return new AppError('STORAGE_FULL', {}, { cause: thrown });
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === '42501') return new AppError('DATABASE_FORBIDDEN', { detail }, { cause: thrown });
  const away = code !== null && (/^(08|53|57P|28|3D)/.test(code) || /^E[A-Z]+$/.test(code));
  if (away || /timeout|terminated|closed|ended|connection error/i.test(detail)) {
    return unavailable(thrown);
  }
  return thrown;
}

export function unavailable(thrown: unknown): AppError {
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('DATABASE_UNAVAILABLE', { detail: detail || (sqlState(thrown) ?? '') }, { cause: thrown });
}

/** The five characters of PostgreSQL, or the code of a system call that failed. */
export function sqlState(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null) return null;
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return 'cause' in thrown ? sqlState(thrown.cause) : null;
}

export const serverVersion = sql`SELECT current_setting('server_version') AS version`;
