/** Looks at the head of a stored file with the CSV reader. */
import { previewHead, sniffHead } from '../csv/index.js';
import type { Files, Sniffer } from '../engine/ports.js';

/** Enough for types and a preview, and read in a few milliseconds. */
const headBytes = 1 << 20;

export function createSniffer(files: Files): Sniffer {
  const head = async (file: string, sizeBytes: number): Promise<Uint8Array> => {
    const length = Math.min(sizeBytes, headBytes);
    const chunks: Uint8Array[] = [];
    if (length > 0) for await (const chunk of files.read(file, { start: 0, length })) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return {
    async sniff(file, sizeBytes, reading) {
      return sniffHead(await head(file, sizeBytes), { whole: sizeBytes <= headBytes, reading });
    },
    async preview(file, dialect, rows) {
      const { sizeBytes } = (await files.stat(file)) ?? { sizeBytes: 0 };
      return previewHead(await head(file, sizeBytes), dialect, rows);
    },
  };
}
