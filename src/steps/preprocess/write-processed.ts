/** Writes `processed.pkl` block by block. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileMeta, processedLayout } from '../../artifacts/index.js';
import { toAppError } from '../../contract/errors.js';
import type { StepContext } from '../context.js';
import { throttle } from '../throttle.js';
import type { Classes } from './classes.js';
import type { FittedFeatures } from './features.js';

export const processedFile = 'processed.pkl';

const blockBytes = 4 << 20;

/** @throws AppError `STORAGE_FULL`; what the signal says */
export async function writeProcessed(
  context: StepContext,
  features: FittedFeatures,
  classes: Classes,
  meta: FileMeta,
): Promise<void> {
  const { scratch, signal, input } = context;
  const rows = classes.codes.length;
  const { featureNames } = features.fitted;
  const layout = processedLayout({ rows, featureNames, target: input.config.target, classes: classes.labels, meta });
  const width = featureNames.length;
  const blockRows = Math.max(1, Math.min(rows, Math.floor(blockBytes / 8 / width)));
  const block = new Float64Array(blockRows * width);
  const report = throttle((done: number) => context.progress({ done, total: rows, unit: 'rows' }));
  const file = await open(join(scratch, processedFile), 'w');
  try {
    await writeAll(file, layout.head, 0);
    for (let from = 0; from < rows; from += blockRows) {
      signal.throwIfAborted();
      const to = Math.min(rows, from + blockRows);
      features.transform(from, to, block);
      await writeAll(file, bytesOf(block.subarray(0, (to - from) * width)), layout.x.offset + from * width * 8);
      report(to);
    }
    await writeAll(file, layout.middle.bytes, layout.middle.offset);
    await writeAll(file, bytesOf(classes.codes), layout.y.offset);
    await writeAll(file, layout.tail.bytes, layout.tail.offset);
  } catch (thrown) {
    throw toAppError(thrown);
  } finally {
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
