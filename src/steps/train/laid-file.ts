/** The table for training beyond memory: laid out in a file of the scratch directory, and read from front to end. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcessedHeader } from '../../artifacts/index.js';
import { toAppError } from '../../contract/errors.js';
import type { LaidRows } from '../../learn/index.js';
import type { StepContext } from '../context.js';
import { readWhole, readWholeNow } from '../file-bytes.js';
import { type Split, splitRows } from '../split.js';
import { AidingThread } from './aiding-thread.js';
import { readCodes } from './data.js';
import { layOut } from './lay-out.js';
import { ReadingThread } from './reading-thread.js';

/** Of a row while the table is laid out: its class, its part of the split, its place, and what is at its place. */
const bytesOfRow = 16;

export interface LaidFile extends LaidRows {
  /** Removes the file. */
  close(): Promise<void>;
}

/**
 * Which rows train is decided by the split that training in memory makes too; nothing is laid out yet.
 * @param source `processed.pkl`; stays open until the caller closes it
 * @throws AppError `SPLIT_TOO_SMALL`, from `layOut` also `STORAGE_FULL`; what the signal says, from every call
 */
export async function openLaidFile(
  { input, scratch, signal, memoryBytes }: StepContext,
  source: FileHandle,
  header: ProcessedHeader,
): Promise<LaidFile> {
  const { rows, features: columns, xOffset: sourceOffset } = header;
  const path = join(scratch, 'rows');
  const classes = header.classes.length;
  const rowBytes = columns * 8;
  const splitTable = async (): Promise<Split & { codes: Int32Array }> => {
    const codes = await readCodes(source, header);
    return { codes, ...splitRows(input.config, codes, classes) };
  };
  /** Kept until the rows are laid out, then forgotten. */
  let table: Awaited<ReturnType<typeof splitTable>> | null = await splitTable();
  const trainRows = table.train.length;
  const trainingCounts = countsOf(table, classes);
  let target: FileHandle | null = null;
  let reader: ReadingThread | null = null;
  let aiding: AidingThread | null = null;
  /** The class of each row as the rows are laid out, in a byte or two. */
  let laid: Uint8Array | Uint16Array | Int32Array = new Uint8Array(0);
  /** Two classes are in shared memory: another thread scores. */
  const newLaid = (): typeof laid => {
    if (classes <= 256) return new Uint8Array(new SharedArrayBuffer(rows));
    return classes <= 65_536 ? new Uint16Array(rows) : new Int32Array(rows);
  };
  return {
    columns,
    trainRows,
    validationRows: rows - trainRows,
    trainingCounts,
    async layOut(order) {
      const { codes, train, validation } = table ?? (await splitTable());
      table = null;
      const places = new Int32Array(rows);
      order.forEach((member, place) => {
        places[train[member] ?? 0] = place;
      });
      validation.forEach((row, i) => {
        places[row] = trainRows + i;
      });
      laid = newLaid();
      for (let row = 0; row < rows; row++) laid[places[row] ?? 0] = codes[row] ?? 0;
      try {
        target ??= await open(path, 'w+');
        const left = memoryBytes - rows * bytesOfRow;
        await layOut({ source, sourceOffset, target, columns, places, memoryBytes: left, signal });
      } catch (thrown) {
        signal.throwIfAborted();
        throw toAppError(thrown);
      }
    },
    async read(from, count, x, y) {
      if (target === null) throw new Error('the rows are not laid out');
      signal.throwIfAborted();
      y.set(laid.subarray(from, from + count));
      const values = x.subarray(0, count * columns);
      if (values.buffer instanceof SharedArrayBuffer) reader ??= new ReadingThread(target.fd, values.buffer);
      if (reader?.reaches(values)) await reader.read(values, from * rowBytes);
      else await readWhole(target, values, from * rowBytes);
    },
    readNow(from, count, x, y) {
      if (target === null) throw new Error('the rows are not laid out');
      signal.throwIfAborted();
      y.set(laid.subarray(from, from + count));
      readWholeNow(target.fd, x.subarray(0, count * columns), from * rowBytes);
    },
    aide(plan) {
      return {
        begin(scores) {
          if (target === null || !(laid instanceof Uint8Array)) throw new Error('the rows are not laid out');
          aiding ??= new AidingThread(
            { fd: target.fd, laid, trainRows, validationRows: rows - trainRows, columns },
            plan,
          );
          aiding.begin(scores);
        },
        async finished() {
          await aiding?.finished();
          signal.throwIfAborted();
        },
      };
    },
    async pause() {
      await nextTurn();
      signal.throwIfAborted();
    },
    async close() {
      await Promise.all([reader?.close(), aiding?.close()]);
      reader = null;
      aiding = null;
      await target?.close();
      target = null;
      await rm(path, { force: true });
    },
  };
}

function countsOf({ codes, train }: { codes: Int32Array; train: Int32Array }, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const row of train) {
    const code = codes[row] ?? 0;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}
