/** `processed.pkl` read page by page, for a table that does not fit in memory. */
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcessedHeader } from '../../artifacts/index.js';
import type { WorkflowConfig } from '../../contract/config.js';
import { type PagedRows, trainingMarks } from '../../learn/index.js';
import { splitRows } from '../split.js';
import { readCodes, readExactly } from './data.js';

/** Reads that are asked for at a time: the process has four threads for them. */
const readsAtATime = 8;

/**
 * The table as pages; which rows train is decided by the split that training in memory makes too.
 * @param file stays open until the caller closes it
 * @throws AppError `SPLIT_TOO_SMALL`; what the signal says, from every call
 */
export async function openPages(
  file: FileHandle,
  header: ProcessedHeader,
  config: WorkflowConfig,
  signal: AbortSignal,
): Promise<PagedRows> {
  const { rows, features: columns, xOffset, yOffset } = header;
  const rowBytes = columns * 8;
  const marks = await splitMarks(file, header, config);
  return {
    rows,
    columns,
    ...marks,
    async read(pages, pageRows, x, y) {
      const pieces: { bytes: Uint8Array; position: number }[] = [];
      let place = 0;
      for (const page of pages) {
        const first = page * pageRows;
        const count = Math.min(pageRows, rows - first);
        const xStart = x.byteOffset + place * rowBytes;
        pieces.push(
          { bytes: new Uint8Array(x.buffer, xStart, count * rowBytes), position: xOffset + first * rowBytes },
          { bytes: new Uint8Array(y.buffer, y.byteOffset + place * 4, count * 4), position: yOffset + first * 4 },
        );
        place += count;
      }
      let next = 0;
      const reader = async (): Promise<void> => {
        for (let piece = pieces[next++]; piece !== undefined; piece = pieces[next++]) {
          signal.throwIfAborted();
          await readExactly(file, piece.bytes, piece.position);
        }
      };
      const ended = await Promise.allSettled(Array.from({ length: readsAtATime }, reader));
      for (const end of ended) if (end.status === 'rejected') throw end.reason;
    },
    async pause() {
      await nextTurn();
      signal.throwIfAborted();
    },
  };
}

/** One bit a row, and the training rows of each class; the split itself is forgotten. */
async function splitMarks(
  file: FileHandle,
  header: ProcessedHeader,
  config: WorkflowConfig,
): Promise<Pick<PagedRows, 'training' | 'trainingCounts'>> {
  const codes = await readCodes(file, header);
  const { train } = splitRows(config, codes, header.classes.length);
  const trainingCounts = new Int32Array(header.classes.length);
  for (const row of train) {
    const code = codes[row] ?? 0;
    trainingCounts[code] = (trainingCounts[code] ?? 0) + 1;
  }
  return { training: trainingMarks(header.rows, train), trainingCounts };
}
