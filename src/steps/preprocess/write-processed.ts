/** Writes `processed.pkl` block by block. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileMeta, processedLayout } from '../../artifacts/index.js';
import { toAppError } from '../../contract/errors.js';
import type { StepContext } from '../context.js';
import { throttle } from '../throttle.js';
import type { Classes } from './classes.js';
import type { FittedFeatures } from './features.js';
import type { NumberColumns } from './number-columns.js';

export const processedFile = 'processed.pkl';

/** Bytes of features that are written at once, more or less. */
const pieceBytes = 2 << 20;

/** @throws AppError `STORAGE_FULL`; what the signal says */
export async function writeProcessed(
  context: StepContext,
  numbers: NumberColumns,
  features: FittedFeatures,
  classes: Classes,
  meta: FileMeta,
): Promise<void> {
  const { scratch, signal, input } = context;
  const rows = classes.codes.length;
  const { featureNames } = features.fitted;
  const layout = processedLayout({ rows, featureNames, target: input.config.target, classes: classes.labels, meta });
  const width = featureNames.length;
  const pieceRows = Math.max(1, Math.min(rows, Math.floor(pieceBytes / 8 / width)));
  // One piece is written while the next one is made.
  let piece = new Float64Array(pieceRows * width);
  let other = new Float64Array(pieceRows * width);
  let writing: Promise<void> = Promise.resolve();
  const report = throttle((done: number) => context.progress({ done, total: rows, unit: 'rows' }));
  const file = await open(join(scratch, processedFile), 'w');
  try {
    await writeAll(file, layout.head, 0);
    for (const block of numbers.blocks()) {
      for (let from = 0; from < block.rows; from += pieceRows) {
        signal.throwIfAborted();
        const to = Math.min(block.rows, from + pieceRows);
        features.transform(block, from, to, piece);
        const position = layout.x.offset + (block.from + from) * width * 8;
        await writing;
        writing = writeAll(file, bytesOf(piece.subarray(0, (to - from) * width)), position);
        [piece, other] = [other, piece];
        report(block.from + to);
      }
    }
    await writing;
    await writeAll(file, layout.middle.bytes, layout.middle.offset);
    await writeAll(file, bytesOf(classes.codes), layout.y.offset);
    await writeAll(file, layout.tail.bytes, layout.tail.offset);
  } catch (thrown) {
    throw toAppError(thrown);
  } finally {
    await writing.catch(() => undefined);
    await file.close();
  }
}

const bytesOf = (values: Float64Array | Int32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** A write may take fewer bytes than it is given. */
async function writeAll(
  file: {
    write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  },
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
