/** Writes `processed.pkl` block by block. */
import { join } from 'node:path';
import { type FileMeta, processedLayout } from '../../artifacts/index.js';
import type { StepContext } from '../context.js';
import { HashedFile } from '../hashed-file.js';
import { throttle } from '../throttle.js';
import type { Classes } from './classes.js';
import type { FittedFeatures } from './features.js';
import type { NumberColumns } from './number-columns.js';
import { type KernelPiece, pieceMaker } from './pieces.js';
import { mostUnwritten, type WritingThread } from './writing-thread.js';

export const processedFile = 'processed.pkl';

/** Pieces that a thread which writes may be ahead of the one that hashes. */
const mostAhead = mostUnwritten - 2;
/** Pieces after which a thread that hashes lets others have its time. */
const piecesAtOnce = 16;

/**
 * @param thread writes the pieces while this one hashes them; null leaves that to the process's pool
 * @throws AppError `STORAGE_FULL`; what the signal says
 */
export async function writeProcessed(
  context: StepContext,
  numbers: NumberColumns,
  features: FittedFeatures,
  classes: Classes,
  meta: FileMeta,
  thread: WritingThread | null,
): Promise<{ sizeBytes: number; sha256: string }> {
  const { scratch, signal, input } = context;
  const rows = classes.codes.length;
  const { featureNames } = features.fitted;
  const layout = processedLayout({ rows, featureNames, target: input.config.target, classes: classes.labels, meta });
  const pieces = pieceMaker(features, rows, numbers.kernel, thread === null ? undefined : mostUnwritten);
  const report = throttle((done: number) => context.progress({ done, total: rows, unit: 'rows' }));
  const file = await HashedFile.create(join(scratch, processedFile));
  try {
    // The parts follow one another without a gap.
    await file.append(layout.head);
    thread?.open(file.fd);
    const write = thread === null ? appended(file) : byThread(file, thread, layout.x.offset);
    let waiting = 0;
    for (const block of numbers.blocks()) {
      for (let from = 0; from < block.rows; from += pieces.rows) {
        signal.throwIfAborted();
        const to = Math.min(block.rows, from + pieces.rows);
        await write.room();
        write.begun(pieces.begin(block, from, to));
        if (waiting === write.ahead) await write.made(bytesOf(pieces.take()));
        else waiting++;
        report(block.from + from);
      }
      // A block may be void after the next one.
      pieces.settle();
    }
    for (; waiting > 0; waiting--) await write.made(bytesOf(pieces.take()));
    await thread?.unwritten(0);
    await file.append(layout.middle.bytes);
    await file.append(bytesOf(classes.codes));
    await file.append(layout.tail.bytes);
    return await file.finish();
  } finally {
    await thread?.close();
    await file.close();
  }
}

/** What is done with each piece. */
interface PieceWriting {
  /** Pieces that are begun before the first one must be made. */
  readonly ahead: number;
  /** Waits for a slot to begin the next piece in. */
  room(): Promise<void>;
  begun(piece: KernelPiece | null): void;
  made(bytes: Uint8Array): Promise<void>;
}

/** One piece is made while the one before it is hashed and written. */
function appended(file: HashedFile): PieceWriting {
  return { ahead: 1, room: async () => {}, begun: () => {}, made: (bytes) => file.append(bytes) };
}

/** The thread makes and writes pieces, this one makes and hashes them. @param position of the first one */
function byThread(file: HashedFile, thread: WritingThread, position: number): PieceWriting {
  let next = position;
  let count = 0;
  return {
    ahead: mostAhead,
    room: () => thread.unwritten(mostUnwritten - 1),
    begun(piece) {
      if (piece === null) throw new Error('a thread writes pieces of the kernel alone');
      thread.write(piece, next);
      next += piece.features.byteLength;
    },
    async made(bytes) {
      file.include(bytes);
      if (++count % piecesAtOnce === 0) await new Promise(setImmediate);
    },
  };
}

const bytesOf = (values: Float64Array | Int32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
