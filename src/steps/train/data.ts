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
  const prefix = await readExactly(file, new Uint8Array(processedPrefixBytes), 0);
  return readProcessedHeader(await readExactly(file, new Uint8Array(processedHeaderBytes(prefix)), 0));
}

/** The class of each row. */
export async function readCodes(file: FileHandle, { rows, yOffset }: ProcessedHeader): Promise<Int32Array> {
  const codes = new Int32Array(rows);
  await readExactly(file, new Uint8Array(codes.buffer), yOffset);
  return codes;
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
  const block = new Float64Array(blockRows * features);
  for (let from = 0; from < rows; from += blockRows) {
    signal.throwIfAborted();
    const count = Math.min(blockRows, rows - from);
    await readExactly(file, new Uint8Array(block.buffer, 0, count * features * 8), xOffset + from * features * 8);
    for (let row = 0; row < count; row++) {
      const p = place[from + row] ?? 0;
      const values = block.subarray(row * features, (row + 1) * features);
      if (p >= 0) train.x.data.set(values, p * features);
      else validation.x.data.set(values, (-1 - p) * features);
    }
  }
  return { train, validation };
}

function emptyPart(rows: Int32Array, codes: Int32Array, columns: number): Part {
  const data = new Float64Array(rows.length * columns);
  return { x: { data, rows: rows.length, columns }, y: rows.map((row) => codes[row] ?? 0) };
}

/** Fills `bytes` from a position on. @throws Error where the file ends before */
async function readExactly(file: FileHandle, bytes: Uint8Array, position: number): Promise<Uint8Array> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error(`processed.pkl ends at byte ${position + done}`);
    done += bytesRead;
  }
  return bytes;
}
