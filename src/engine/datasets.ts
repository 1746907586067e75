import { AppError } from '../contract/errors.js';
import { renderLog } from '../contract/messages/render.js';
import { baseName, defaultDatasetName } from './dataset-name.js';
import type { Datasets } from './engine.js';
import type { Clock, DatasetRecord, Files, NewDataset, Sniffer, Store } from './ports.js';
import { dialectAs, profileAs } from './reading.js';
import { datasetEntity } from './render.js';

export interface DatasetContext {
  store: Store;
  files: Files;
  sniffer: Sniffer;
  clock: Clock;
}

type Upload = Parameters<Datasets['add']>[0];

export function createDatasets(context: DatasetContext): Datasets {
  const { store, files, sniffer } = context;
  /** Uploads under way. While there are any, the file of a removed dataset may be the one that is being stored. */
  let uploads = 0;

  const find = async (id: number): Promise<DatasetRecord> => {
    const record = await store.findDataset(id);
    if (record === null) throw new AppError('DATASET_NOT_FOUND', { id });
    return record;
  };

  return {
    async add(upload) {
      uploads++;
      try {
        const { record, duplicate } = await addDataset(context, upload);
        return { ...datasetEntity(record), duplicate };
      } finally {
        uploads--;
      }
    },
    async list(query) {
      const { items, nextCursor } = await store.listDatasets(query);
      return { items: items.map(datasetEntity), nextCursor };
    },
    get: async (id) => datasetEntity(await find(id)),
    async profile(id, language, reading = {}) {
      const profile = await profileAs(await find(id), reading, sniffer);
      const warnings = profile.warnings.map((warning) => ({
        ...warning,
        message: renderLog(language, warning.code, warning.params),
      }));
      return { ...profile, warnings };
    },
    async preview(id, rows, reading = {}) {
      const record = await find(id);
      return sniffer.preview(record.file, dialectAs(record, reading), rows);
    },
    async remove(id) {
      const record = await store.deleteDataset(id);
      if (record === null) throw new AppError('DATASET_NOT_FOUND', { id });
      // The row is gone; a file that stays now is removed by the cleaner, unless an upload names it again.
      if (uploads === 0 && (await store.unreferencedFiles([record.file])).length > 0) await files.remove(record.file);
    },
  };
}

/** The bytes first, under their hash; then the row that names them. What goes wrong in between leaves neither. */
async function addDataset(
  { store, files, sniffer, clock }: DatasetContext,
  upload: Upload,
): Promise<{ record: DatasetRecord; duplicate: boolean }> {
  const stored = await files.write((sha256) => `datasets/${sha256}`, upload.source);
  try {
    const known = await store.findDatasetBySha256(stored.sha256);
    // Read late, as the name is: both may follow the file.
    const reading = upload.reading ?? {};
    if (known !== null) {
      await profileAs(known, reading, sniffer);
      return { record: known, duplicate: true };
    }
    const { dialect, profile } = await sniffer.sniff(stored.name, stored.sizeBytes, reading);
    const shown = baseName(upload.fileName);
    const dataset: NewDataset = {
      name: upload.name?.trim() || defaultDatasetName(shown),
      fileName: shown,
      file: stored.name,
      sha256: stored.sha256,
      sizeBytes: stored.sizeBytes,
      dialect,
      profile,
    };
    const inserted = await store.insertDataset(dataset, clock.now());
    await insistOnFile(store, files, inserted.record);
    return inserted;
  } catch (thrown) {
    // The same bytes may be a dataset's by now, of an upload beside this one: then the file is not ours to remove.
    const unnamed = await store.unreferencedFiles([stored.name]).catch(() => []);
    if (unnamed.length > 0) await files.remove(stored.name).catch(() => {});
    throw thrown;
  }
}

/** Another process may have removed the file between our writing and our naming it, together with an old row. */
async function insistOnFile(store: Store, files: Files, record: DatasetRecord): Promise<void> {
  if ((await files.stat(record.file)) !== null) return;
  await store.deleteDataset(record.id);
  throw new AppError('STORAGE_UNAVAILABLE', { detail: `${record.file} was removed while it was uploaded` });
}
