/** Where a page of tasks ended, and what was counted when the first one was read. */
import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { packCursor, unpackCursor } from '../../cursor.js';

/** A time in microseconds since 1970, as the database has it, and an id. */
export interface Place {
  at: string;
  id: string;
}

export interface Counted {
  total: number;
  /** There may be more. */
  atLeast: boolean;
}

export interface Cursor {
  after: Place;
  counted: Counted;
  /** On the pages before. */
  shown: number;
}

export const micros = sql`(extract(epoch FROM t.created_at) * 1000000)::bigint::text`;
const time = ({ at }: Place): SQL => sql`('epoch'::timestamptz + ${at}::bigint * interval '1 microsecond')`;

/** After the one and up to the other, from the newest to the oldest. */
export const between = (after: Place | null, end: Place | null): SQL[] => [
  ...(after ? [sql`(t.created_at, t.task_id) < (${time(after)}, ${after.id}::text)`] : []),
  ...(end ? [sql`(t.created_at, t.task_id) >= (${time(end)}, ${end.id}::text)`] : []),
];

/** Below zero where `a` comes first: the newest. */
export function compare(a: Place, b: Place): number {
  if (a.at !== b.at) return BigInt(a.at) > BigInt(b.at) ? -1 : 1;
  return a.id === b.id ? 0 : a.id > b.id ? -1 : 1;
}

const Content = z.tuple([
  z.string().regex(/^\d{1,18}$/),
  z.string().min(1).max(200),
  z.int().min(0),
  z.boolean(),
  z.int().min(0),
]);

export const encode = ({ after, counted, shown }: Cursor): string =>
  packCursor([after.at, after.id, counted.total, counted.atLeast, shown]);

/** @throws AppError `REQUEST_INVALID` */
export function decode(cursor: string | undefined): Cursor | null {
  const content = unpackCursor(Content, cursor);
  if (content === null) return null;
  const [at, id, total, atLeast, shown] = content;
  return { after: { at, id }, counted: { total, atLeast }, shown };
}
