/** `processed.pkl` read page by page, for a table that does not fit in memory. */
import { read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcessedHeader } from '../../artifacts/index.js';
import type { WorkflowConfig } from '../../contract/config.js';
import { type PagedRows, trainingMarks } from '../../learn/index.js';
import { splitRows } from '../split.js';
import { readCodes } from './data.js';

/** Reads that are asked for at a time: the process has four threads for them. */
const readsAtATime = 16;

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
  const { rows, features: columns, xOffset } = header;
  const rowBytes = columns * 8;
  const { codes, ...marks } = await splitMarks(file, header, config);
  return {
    rows,
    columns,
    ...marks,
    async read(pages, pageRows, x, y) {
      const pieces: Piece[] = [];
      let place = 0;
      for (const page of pages) {
        const first = page * pageRows;
        const count = Math.min(pageRows, rows - first);
        const bytes = new Uint8Array(x.buffer, x.byteOffset + place * rowBytes, count * rowBytes);
        pieces.push({ bytes, position: xOffset + first * rowBytes });
        y.set(codes.subarray(first, first + count), place);
        place += count;
      }
      await readPieces(file.fd, pieces, signal);
    },
    async pause() {
      await nextTurn();
      signal.throwIfAborted();
    },
  };
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/** Fills all pieces. A promise a read would cost as much as the read of a page that the system has at hand. */
function readPieces(fd: number, pieces: readonly Piece[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let running = 0;
    let fault: unknown = null;
    const settle = (): void => {
      running--;
      if (fault === null && signal.aborted) fault = signal.reason;
      if (fault === null && next < pieces.length) start();
      else if (running === 0) fault === null ? resolve() : reject(fault);
    };
    const start = (): void => {
      const piece = pieces[next++];
      running++;
      if (piece)
        readPiece(fd, piece, 0, (error) => {
          fault ??= error;
          settle();
        });
      else settle();
    };
    for (let i = 0; i < Math.max(1, Math.min(readsAtATime, pieces.length)); i++) start();
  });
}

/** A read may bring fewer bytes than it was asked for. */
function readPiece(fd: number, piece: Piece, done: number, ended: (fault: Error | null) => void): void {
  const { bytes, position } = piece;
  read(fd, bytes, done, bytes.length - done, position + done, (fault, count) => {
    if (fault !== null) ended(fault);
    else if (count === 0) ended(new Error(`processed.pkl ends at byte ${position + done}`));
    else if (done + count < bytes.length) readPiece(fd, piece, done + count, ended);
    else ended(null);
  });
}

/** One bit a row, the training rows of each class, and each row's class in a byte or two; the split is forgotten. */
async function splitMarks(
  file: FileHandle,
  header: ProcessedHeader,
  config: WorkflowConfig,
): Promise<Pick<PagedRows, 'training' | 'trainingCounts'> & { codes: Uint8Array | Uint16Array | Int32Array }> {
  const { rows } = header;
  const classes = header.classes.length;
  const codes = await readCodes(file, header);
  const { train } = splitRows(config, codes, classes);
  const trainingCounts = new Int32Array(classes);
  for (const row of train) {
    const code = codes[row] ?? 0;
    trainingCounts[code] = (trainingCounts[code] ?? 0) + 1;
  }
  const narrow = classes <= 256 ? Uint8Array.from(codes) : classes <= 65_536 ? Uint16Array.from(codes) : codes;
  return { training: trainingMarks(rows, train), trainingCounts, codes: narrow };
}
