/** From the bytes of a file to UTF-8 without a byte order mark. */
import type { Dialect } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { firstInvalidUtf8 } from './bytes.js';

type Encoding = Dialect['encoding'];

/**
 * How a file's text is encoded, judged by its head: a byte order mark; zero bytes in every second place
 * (UTF-16); valid UTF-8; else windows-1254 (Turkish, the same letters as Latin-1 but for six).
 * @throws AppError `CSV_BINARY` with the offset of the first byte that no text holds
 */
export function detectEncoding(
  head: Uint8Array,
  options: { whole: boolean; encoding?: Encoding },
): { encoding: Encoding; bom: boolean } {
  const mark = byteOrderMark(head);
  if (isForeignFormat(head)) throw new AppError('CSV_BINARY', { offset: Math.max(0, firstBinaryByte(head, true)) });
  const encoding = options.encoding ?? mark ?? utf16WithoutMark(head);
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return { encoding, bom: mark === encoding };
  const invalid = firstInvalidUtf8(head, 0, head.length, options.whole);
  const binary = firstBinaryByte(head, invalid >= 0);
  if (binary >= 0) throw new AppError('CSV_BINARY', { offset: binary });
  if (options.encoding === undefined && invalid >= 0) return { encoding: 'windows-1254', bom: false };
  const settled = encoding ?? 'utf-8';
  return { encoding: settled, bom: mark === settled };
}

function byteOrderMark(head: Uint8Array): Encoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** Text of mostly Latin letters in UTF-16 has a zero in every second place, always on the same side. */
function utf16WithoutMark(head: Uint8Array): Encoding | undefined {
  const pairs = Math.min(head.length, 8192) >> 1;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] === 0) even++;
    if (head[2 * i + 1] === 0) odd++;
  }
  if (pairs < 2) return undefined;
  if (odd > pairs * 0.4 && even < pairs * 0.02) return 'utf-16le';
  if (even > pairs * 0.4 && odd < pairs * 0.02) return 'utf-16be';
  return undefined;
}

/** A zero byte is in no text; another control character is tolerated in what is valid UTF-8 otherwise. */
function firstBinaryByte(head: Uint8Array, invalidUtf8: boolean): number {
  let firstControl = -1;
  for (let i = 0; i < head.length; i++) {
    const byte = head[i] ?? 0;
    if (byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    if (firstControl < 0) firstControl = i;
    if (byte === 0 || invalidUtf8) return firstControl;
  }
  return -1;
}

/** Formats whose heads may be free of zero bytes: ZIP (xlsx, ods), PDF, gzip. */
function isForeignFormat(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  if (a === 0x50 && b === 0x4b && c === 0x03 && d === 0x04) return true;
  if (a === 0x25 && b === 0x50 && c === 0x44 && d === 0x46) return true;
  return a === 0x1f && b === 0x8b;
}

export const markBytes = (encoding: Encoding, bom: boolean): number =>
  !bom ? 0 : encoding === 'utf-8' ? 3 : encoding.startsWith('utf-16') ? 2 : 0;

/**
 * Turns one chunk after the other into UTF-8; a character may be cut by the end of a chunk.
 *
 * What is UTF-8 already needs none of this: whoever turns its bytes into text checks them there, so that
 * numbers are not looked at twice.
 * @throws AppError `CSV_ENCODING` where UTF-16 is broken
 */
export function transcoder(
  encoding: Encoding,
  /** Where in the file the first chunk begins. */
  start: number,
): (chunk: Uint8Array, final: boolean) => Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  let offset = start;
  return (chunk, final) => {
    try {
      const bytes = encoder.encode(decoder.decode(chunk, { stream: !final }));
      offset += chunk.length;
      return bytes;
    } catch (cause) {
      throw new AppError('CSV_ENCODING', { encoding, offset: offset + brokenAt(chunk, encoding) }, { cause });
    }
  };
}

/** Where in the chunk UTF-16 breaks: the first surrogate without its partner. */
function brokenAt(chunk: Uint8Array, encoding: Encoding): number {
  const high = encoding === 'utf-16le' ? 1 : 0;
  for (let i = 0; i + 1 < chunk.length; i += 2) {
    const kind = (chunk[i + high] ?? 0) & 0xfc;
    if (kind === 0xdc) return i;
    if (kind !== 0xd8) continue;
    if (i + 3 < chunk.length && ((chunk[i + 2 + high] ?? 0) & 0xfc) !== 0xdc) return i;
    i += 2;
  }
  return 0;
}
