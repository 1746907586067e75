/** Ranges of bytes (RFC 9110, section 14). */

export type RangeChoice =
  | { kind: 'whole' }
  | { kind: 'part'; start: number; length: number }
  | { kind: 'unsatisfiable' };

/**
 * What a `Range` header asks of a file of `sizeBytes`.
 *
 * Units other than bytes, several ranges at once and what cannot be read are answered with the whole file, as the
 * standard allows; only a range that begins behind the end is an error.
 */
export function chooseRange(header: string | undefined, sizeBytes: number): RangeChoice {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(header ?? '');
  if (!match) return { kind: 'whole' };
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') return part(Math.max(0, sizeBytes - Number(last)), sizeBytes - 1, sizeBytes, Number(last) > 0);
  if (last !== '' && Number(last) < Number(first)) return { kind: 'whole' };
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return part(Number(first), end, sizeBytes, Number(first) < sizeBytes);
}

function part(start: number, end: number, sizeBytes: number, satisfiable: boolean): RangeChoice {
  if (!satisfiable || sizeBytes === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, length: end - start + 1 };
}

/** Whether an `If-None-Match` header names the tag. */
export function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((entry) => {
    const tag = entry.trim().replace(/^W\//, '');
    return tag === '*' || tag === etag;
  });
}
