/** Writes `processed.pkl` block by block. */
import { join } from 'node:path';
import { type FileMeta, processedLayout } from '../../artifacts/index.js';
import type { StepContext } from '../context.js';
import { HashedFile } from '../hashed-file.js';
import { throttle } from '../throttle.js';
import type { Classes } from './classes.js';
import type { FittedFeatures } from './features.js';
import type { NumberColumns } from './number-columns.js';
import { pieceMaker } from './pieces.js';

export const processedFile = 'processed.pkl';

/** @throws AppError `STORAGE_FULL`; what the signal says */
export async function writeProcessed(
  context: StepContext,
  numbers: NumberColumns,
  features: FittedFeatures,
  classes: Classes,
  meta: FileMeta,
): Promise<{ sizeBytes: number; sha256: string }> {
  const { scratch, signal, input } = context;
  const rows = classes.codes.length;
  const { featureNames } = features.fitted;
  const layout = processedLayout({ rows, featureNames, target: input.config.target, classes: classes.labels, meta });
  const pieces = pieceMaker(features, rows, numbers.kernel);
  const report = throttle((done: number) => context.progress({ done, total: rows, unit: 'rows' }));
  const file = await HashedFile.create(join(scratch, processedFile));
  try {
    // The parts follow one another without a gap.
    await file.append(layout.head);
    // One piece is made while the one before it is hashed and written.
    let begun = 0;
    for (const block of numbers.blocks()) {
      for (let from = 0; from < block.rows; from += pieces.rows) {
        signal.throwIfAborted();
        const before = begun;
        const to = Math.min(block.rows, from + pieces.rows);
        pieces.begin(block, from, to);
        begun = block.from + to;
        if (before > 0) await file.append(bytesOf(pieces.take()));
        report(before);
      }
    }
    await file.append(bytesOf(pieces.take()));
    await file.append(layout.middle.bytes);
    await file.append(bytesOf(classes.codes));
    await file.append(layout.tail.bytes);
    return await file.finish();
  } finally {
    await file.close();
  }
}

const bytesOf = (values: Float64Array | Int32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
