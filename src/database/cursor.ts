/** Where a page ended, as an opaque text that goes with the order it was made for. */
import { z } from 'zod';
import { AppError } from '../contract/errors.js';

const Cursor = z.tuple([z.string(), z.union([z.string(), z.number()]), z.int32().positive()]);

export const notACursor = 'not a cursor of this list';

/** The last row of a page: its place in the order, then its id. */
export interface Place {
  value: string | number;
  id: number;
}

export function encodeCursor(sort: string, place: Place): string {
  return packCursor([sort, place.value, place.id]);
}

/** @throws AppError `REQUEST_INVALID` for a text that is no cursor, or one of another order */
export function decodeCursor(sort: string, cursor: string | undefined): Place | null {
  const content = unpackCursor(Cursor, cursor);
  if (content === null) return null;
  const [madeFor, value, id] = content;
  if (madeFor !== sort) {
    throw new AppError('REQUEST_INVALID', { field: 'cursor', rule: `made for sort=${madeFor}, not for sort=${sort}` });
  }
  return { value, id };
}

export const packCursor = (content: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(content)).toString('base64url');

/** Null without a cursor. @throws AppError `REQUEST_INVALID` for a text that is none of this schema */
export function unpackCursor<Schema extends z.ZodType>(
  schema: Schema,
  cursor: string | undefined,
): z.infer<Schema> | null {
  if (cursor === undefined || cursor === '') return null;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    content = null;
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new AppError('REQUEST_INVALID', { field: 'cursor', rule: notACursor });
  return parsed.data;
}
