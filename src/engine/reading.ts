/** A dataset read in another way than it was detected. */
import { type Dialect, isSameDialect } from '../contract/config.js';
import type { DatasetProfile } from '../contract/entities.js';
import type { DatasetRecord, Sniffer } from './ports.js';

export type ReadableDataset = Pick<DatasetRecord, 'file' | 'sizeBytes' | 'dialect' | 'profile'>;

/** The dialect of a dataset, but for what `reading` says otherwise: what the steps of a workflow read it by. */
export function dialectAs(dataset: Pick<DatasetRecord, 'dialect'>, reading: Partial<Dialect>): Dialect {
  const said = Object.entries(reading).filter(([, value]) => value !== undefined);
  return { ...dataset.dialect, ...Object.fromEntries(said) };
}

/**
 * The profile of a dataset read so: its own, which may cover every row, where that changes nothing; else of its head.
 * @throws AppError `CSV_*` where the file cannot be read so
 */
export async function profileAs(
  dataset: ReadableDataset,
  reading: Partial<Dialect>,
  sniffer: Sniffer,
): Promise<DatasetProfile> {
  const dialect = dialectAs(dataset, reading);
  if (isSameDialect(dialect, dataset.dialect)) return dataset.profile;
  return (await sniffer.sniff(dataset.file, dataset.sizeBytes, dialect)).profile;
}
