/** First step: is the stored file the one that was uploaded, and what is in it? */
import { createHash } from 'node:crypto';
import { type Dialect, isSameDialect } from '../contract/config.js';
import type { DatasetProfile } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { StepInput, StepOutput } from '../contract/tasks.js';
import { CsvReader, checkShape, TableProfiler } from '../csv/index.js';
import { profileFile, store } from './artifacts.js';
import type { StepContext } from './context.js';
import { fileChunks } from './file-chunks.js';
import { throttle } from './throttle.js';

/** What the later steps read the file by. */
export interface ReadingProfile {
  dialect: Dialect;
  profile: DatasetProfile;
}

/**
 * Reads the whole file once: checks size and SHA-256, and profiles every column, under the dialect that the
 * dataset has and the workflow's `reading` overrides.
 *
 * Leaves `profile.json` for the next step. The profile becomes the dataset's own unless the workflow reads
 * the file in another way than the dataset does.
 * @throws AppError `FILE_CORRUPT` (before anything that may follow from it), `CSV_*`
 */
export async function upload(context: StepContext): Promise<StepOutput> {
  const { dataset, config } = context.input;
  const { reading } = config.preprocessing;
  const dialect = { ...dataset.dialect, ...reading };
  const profile = await readWhole(context, dialect);
  context.log('info', 'fileVerified', { sizeBytes: dataset.sizeBytes, sha256: dataset.sha256 });
  context.log('info', 'profileRead', { rows: profile.rows, columns: profile.columns.length });
  for (const { code, params } of profile.warnings) context.log('warning', code, params);
  const content: ReadingProfile = { dialect, profile };
  const file = await store(context, profileFile, JSON.stringify(content));
  const { rows, rowsWithMissing, columns } = profile;
  return {
    result: { rows, rowsWithMissing, columns: columns.length, dialect },
    files: [file],
    profile: isSameDialect(dialect, dataset.dialect) ? profile : undefined,
  };
}

async function readWhole(context: StepContext, dialect: Dialect): Promise<DatasetProfile> {
  const { files, input, signal, kernels, threads } = context;
  const { dataset } = input;
  const stored = await files.stat(dataset.file);
  if (stored?.sizeBytes !== dataset.sizeBytes) throw corrupt(dataset);
  const hash = createHash('sha256');
  const profiler = new TableProfiler(dialect);
  const reader = new CsvReader(dialect, profiler, { kernels, threads });
  const report = throttle((done: number) => context.progress({ done, total: dataset.sizeBytes, unit: 'bytes' }));
  let done = 0;
  // A damaged file may look like a bad CSV: what the reader finds counts only once the hash is known.
  let fault: unknown = null;
  try {
    const path = await files.localPath(dataset.file);
    for await (const chunk of fileChunks(path, signal, () => (fault === null ? reader.room() : null))) {
      // Before the reader has it: that may take quotes out of it.
      hash.update(chunk);
      fault ??= attempt(() => reader.push(chunk));
      done += chunk.length;
      report(done);
    }
    if (hash.digest('hex') !== dataset.sha256) throw corrupt(dataset);
    fault ??= attempt(() => reader.finish());
    if (fault !== null) throw fault;
  } finally {
    reader.close();
  }
  const profile = await profiler.finish(true);
  checkShape(profile, dataset.sizeBytes);
  return profile;
}

const corrupt = (dataset: StepInput['dataset']) => new AppError('FILE_CORRUPT', { file: dataset.fileName });

function attempt(work: () => void): unknown {
  try {
    work();
    return null;
  } catch (thrown) {
    return thrown;
  }
}
