/** The few byte values and byte-level questions that reading a CSV comes down to. */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;

/**
 * Whether a field stands for a missing value: empty, `NA`, `N/A`, `NaN`, `nan`, `null`, `NULL` or `None`, exactly.
 * Quotes around it change nothing, as in pandas.
 */
export function isMissing(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0) return true;
  if (length > 4 || length === 1) return false;
  const a = bytes[start];
  if (a !== 0x4e && a !== 0x6e) return false; // N, n
  const b = bytes[start + 1];
  if (length === 2) return a === 0x4e && b === 0x41; // NA
  const c = bytes[start + 2];
  if (length === 3) {
    if (b === 0x61) return (a === 0x4e && c === 0x4e) || (a === 0x6e && c === 0x6e); // NaN, nan
    return a === 0x4e && b === 0x2f && c === 0x41; // N/A
  }
  const d = bytes[start + 3];
  if (a === 0x6e) return b === 0x75 && c === 0x6c && d === 0x6c; // null
  return (b === 0x55 && c === 0x4c && d === 0x4c) || (b === 0x6f && c === 0x6e && d === 0x65); // NULL, None
}

/** 1 for `true`, `True` and `TRUE`, 0 for the three ways to write false, -1 for anything else. */
export function parseBoolean(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length !== 4 && length !== 5) return -1;
  const text = ascii(bytes, start, end);
  if (text === 'true' || text === 'True' || text === 'TRUE') return 1;
  if (text === 'false' || text === 'False' || text === 'FALSE') return 0;
  return -1;
}

/** A short run of bytes as text, each byte a character; meant for ASCII. */
export function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Valid UTF-8 as text. */
export function text(bytes: Uint8Array, start: number, end: number): string {
  return end - start < 24 && isAscii(bytes, start, end)
    ? ascii(bytes, start, end)
    : decoder.decode(bytes.subarray(start, end));
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] ?? 0) >= 0x80) return false;
  return true;
}

/**
 * Position of the first byte that is not valid UTF-8 (overlong forms, surrogates and values above U+10FFFF
 * count as invalid), or -1. With `final` false, a character cut off by `end` is fine.
 */
export function firstInvalidUtf8(bytes: Uint8Array, start: number, end: number, final: boolean): number {
  let i = start;
  while (i < end) {
    const a = bytes[i] ?? 0;
    if (a < 0x80) {
      i++;
      continue;
    }
    const length = a >= 0xc2 && a <= 0xdf ? 2 : a >= 0xe0 && a <= 0xef ? 3 : a >= 0xf0 && a <= 0xf4 ? 4 : 0;
    if (length === 0) return i;
    for (let k = 1; k < length; k++) {
      if (i + k >= end) return final ? i : -1;
      const b = bytes[i + k] ?? 0;
      let low = 0x80;
      let high = 0xbf;
      if (k === 1) {
        if (a === 0xe0) low = 0xa0;
        else if (a === 0xed) high = 0x9f;
        else if (a === 0xf0) low = 0x90;
        else if (a === 0xf4) high = 0x8f;
      }
      if (b < low || b > high) return i;
    }
    i += length;
  }
  return -1;
}
