/** Reads `processed.pkl` in place: raw blocks, no pickle parser. */
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ProcessedHeader,
  processedHeaderBytes,
  processedPrefixBytes,
  readProcessedHeader,
} from '../../artifacts/index.js';
import { openRoom, type RowRoom } from '../../learn/index.js';
import type { Matrix } from '../../learn/types.js';
import type { StepContext } from '../context.js';
import { readWhole, readWholeNow } from '../file-bytes.js';
import { type Split, splitRows } from '../split.js';
import { PlacingThreads } from './placing-threads.js';

interface Part {
  readonly x: Matrix;
  readonly y: Int32Array;
}
export interface TrainingData {
  readonly train: Part;
  readonly validation: Part;
  /** Where both parts lie in the kernels' memory, if kernels train. */
  readonly room: RowRoom | undefined;
}

export async function readHeader(file: FileHandle): Promise<ProcessedHeader> {
  const prefix = await readWhole(file, new Uint8Array(processedPrefixBytes), 0);
  return readProcessedHeader(await readWhole(file, new Uint8Array(processedHeaderBytes(prefix)), 0));
}

/** The class of each row. */
export async function readCodes(
  file: FileHandle,
  { rows, yOffset }: Pick<ProcessedHeader, 'rows' | 'yOffset'>,
): Promise<Int32Array> {
  return readWhole(file, new Int32Array(rows), yOffset);
}

type TrainingContext = Pick<StepContext, 'kernels' | 'threads' | 'signal'> & {
  readonly input: Pick<StepContext['input'], 'config'>;
};

/** Bytes of a table below which no thread is started to bring rows: it would come too late. */
const leastShared = 32 * 1024 ** 2;
/** Threads that bring rows, at most: more do not make memory faster. */
const mostPlacers = 4;
/** Pieces between two looks at the signal: some milliseconds. */
const piecesAtOnce = 16;
/** Rows that are read at a time where no kernel places them, in bytes. */
const plainBytes = 1 << 20;

/**
 * Both parts of the table, row-major; where kernels train, at once where they visit them: the training rows in the
 * room's order, else in the order of the split. Classes are in the order of the split in any case.
 * @throws AppError `SPLIT_TOO_SMALL`; what the signal says
 */
export async function readTrainingData(
  file: FileHandle,
  header: Pick<ProcessedHeader, 'rows' | 'features' | 'classes' | 'xOffset' | 'yOffset'>,
  { input: { config }, kernels, threads, signal }: TrainingContext,
): Promise<TrainingData> {
  const { rows, features: columns, classes, xOffset } = header;
  const codes = await readCodes(file, header);
  const split = splitRows(config, codes, classes.length);
  const placers = rows * columns * 8 < leastShared ? 1 : Math.min(mostPlacers, threads?.count ?? 1);
  const shape = { columns, trainRows: split.train.length, validationRows: split.validation.length };
  const room = kernels === 'plain' ? null : openRoom(config, { ...shape, classes: classes.length, placers }, threads);
  const source = { fd: file.fd, offset: xOffset, rows };
  const parts = room ? await bringToRoom(source, split, room, signal) : await bring(source, split, columns, signal);
  const part = (x: Matrix, numbers: Int32Array): Part => ({ x, y: numbers.map((row) => codes[row] ?? 0) });
  return {
    train: part(parts.train, split.train),
    validation: part(parts.validation, split.validation),
    room: room ?? undefined,
  };
}

type Parts = Record<'train' | 'validation', Matrix>;
interface Source {
  readonly fd: number;
  readonly offset: number;
  readonly rows: number;
}

/** By the kernels, on as many threads as the room has pieces. */
async function bringToRoom(source: Source, split: Split, room: RowRoom, signal: AbortSignal): Promise<Parts> {
  const { kernels, placing, order } = room;
  const { columns, places, train, validation, pieceRows } = placing;
  const [piece = 0] = placing.pieces;
  // Written before the threads look: they are started afterwards.
  placesOf(split, order, kernels.integers(places, source.rows));
  const threads = new PlacingThreads(source, placing);
  try {
    for (let from = threads.take(), done = 1; from !== null; from = threads.take(), done++) {
      const count = Math.min(pieceRows, source.rows - from);
      readWholeNow(source.fd, kernels.doubles(piece, count * columns), source.offset + from * columns * 8);
      kernels.run.placeRows(piece, count, columns, places + 4 * from, train, validation);
      threads.placed();
      if (done % piecesAtOnce === 0) await nextTurn();
      signal.throwIfAborted();
    }
    await threads.finished();
  } catch (thrown) {
    await threads.close();
    throw thrown;
  }
  return room.parts;
}

/** The same in plain numbers, in the order of the split. */
async function bring(source: Source, split: Split, columns: number, signal: AbortSignal): Promise<Parts> {
  const empty = ({ length: rows }: Int32Array): Matrix => ({ data: new Float64Array(rows * columns), rows, columns });
  const parts = { train: empty(split.train), validation: empty(split.validation) };
  const places = placesOf(split, null, new Int32Array(source.rows));
  const pieceRows = Math.max(1, Math.min(source.rows, Math.floor(plainBytes / 8 / columns)));
  const piece = new Float64Array(pieceRows * columns);
  for (let from = 0; from < source.rows; from += pieceRows) {
    signal.throwIfAborted();
    const values = piece.subarray(0, Math.min(pieceRows, source.rows - from) * columns);
    readWholeNow(source.fd, values, source.offset + from * columns * 8);
    layOut(values, columns, places.subarray(from), parts.train.data, parts.validation.data);
    await nextTurn();
  }
  return parts;
}

/**
 * Where each row of the file goes: place p of the training part as p, of the validation part as -1 - p.
 * @param order of the training part's rows; null: that of the split
 */
function placesOf({ train, validation }: Split, order: Int32Array | null, places: Int32Array): Int32Array {
  for (let p = 0; p < train.length; p++) places[train[order === null ? p : (order[p] ?? 0)] ?? 0] = p;
  for (let p = 0; p < validation.length; p++) places[validation[p] ?? 0] = -1 - p;
  return places;
}

/** Element by element: for a view a row costs more than the row. */
function layOut(
  values: Float64Array,
  features: number,
  place: Int32Array,
  train: Float64Array,
  validation: Float64Array,
): void {
  for (let row = 0, at = 0; at < values.length; row++) {
    const p = place[row] ?? 0;
    if (p >= 0) for (let to = p * features, end = to + features; to < end; ) train[to++] = values[at++] ?? 0;
    else for (let to = (-1 - p) * features, end = to + features; to < end; ) validation[to++] = values[at++] ?? 0;
  }
}
