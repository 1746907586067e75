/** The memory that training may take, as a setting gives it. */
import { totalmem } from 'node:os';

const units = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** A size such as `536870912`, `512MB`, `1.5 GiB`; K, M, G and T are powers of 1024. Null for anything else. */
export function bytesOf(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * units[unit.toUpperCase() as keyof typeof units]); // The pattern lets no other unit through.
  return number !== '' && bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : null;
}

/** The setting, or a quarter of the machine's memory where there is none. */
export function memoryBytes(setting: string | undefined): number {
  return (setting === undefined ? null : bytesOf(setting)) ?? Math.floor(totalmem() / 4);
}
