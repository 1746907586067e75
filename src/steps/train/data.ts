/** Reads `processed.pkl` in place: raw blocks, no pickle parser. */
import type { FileHandle } from 'node:fs/promises';
import {
  type ProcessedHeader,
  processedHeaderBytes,
  processedPrefixBytes,
  readProcessedHeader,
} from '../../artifacts/index.js';
import type { WorkflowConfig } from '../../contract/config.js';
import type { Matrix } from '../../learn/types.js';
import { readWhole } from '../file-bytes.js';
import { splitRows } from '../split.js';

const blockBytes = 4 << 20;

interface Part {
  readonly x: Matrix;
  readonly y: Int32Array;
}
export interface TrainingData {
  readonly train: Part;
  readonly validation: Part;
}

export async function readHeader(file: FileHandle): Promise<ProcessedHeader> {
  const prefix = await readWhole(file, new Uint8Array(processedPrefixBytes), 0);
  return readProcessedHeader(await readWhole(file, new Uint8Array(processedHeaderBytes(prefix)), 0));
}

/** The class of each row. */
export async function readCodes(file: FileHandle, { rows, yOffset }: ProcessedHeader): Promise<Int32Array> {
  return readWhole(file, new Int32Array(rows), yOffset);
}

/** Both parts of the table, each row-major in the order of the split. @throws AppError `SPLIT_TOO_SMALL`; what the signal says */
export async function readTrainingData(
  file: FileHandle,
  header: ProcessedHeader,
  config: WorkflowConfig,
  signal: AbortSignal,
): Promise<TrainingData> {
  const { rows, features, classes, xOffset } = header;
  const codes = await readCodes(file, header);
  const split = splitRows(config, codes, classes.length);
  const train = emptyPart(split.train, codes, features);
  const validation = emptyPart(split.validation, codes, features);
  // Where each row goes: place p of the training part as p, of the validation part as -1 - p.
  const place = new Int32Array(rows);
  split.train.forEach((row, p) => {
    place[row] = p;
  });
  split.validation.forEach((row, p) => {
    place[row] = -1 - p;
  });
  const blockRows = Math.max(1, Math.min(rows, Math.floor(blockBytes / 8 / features)));
  // One block is read while the one before it is laid out.
  let block = new Float64Array(blockRows * features);
  let other = new Float64Array(blockRows * features);
  const read = (from: number, into: Float64Array): Promise<Float64Array> =>
    readWhole(file, into.subarray(0, Math.min(blockRows, rows - from) * features), xOffset + from * features * 8);
  let ahead = read(0, block);
  try {
    for (let from = 0; from < rows; from += blockRows) {
      signal.throwIfAborted();
      const values = await ahead;
      const next = from + blockRows;
      ahead = read(Math.min(next, rows), other);
      [block, other] = [other, block];
      layOut(values, features, place.subarray(from), train.x.data, validation.x.data);
    }
  } finally {
    await ahead.catch(() => undefined);
  }
  return { train, validation };
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

function emptyPart(rows: Int32Array, codes: Int32Array, columns: number): Part {
  const data = new Float64Array(rows.length * columns);
  return { x: { data, rows: rows.length, columns }, y: rows.map((row) => codes[row] ?? 0) };
}
