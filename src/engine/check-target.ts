/** What is certain to fail is refused before anything starts; what only a whole reading can tell is left to the steps. */
import type { WorkflowConfig } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { targetFault } from '../contract/target.js';
import type { Sniffer } from './ports.js';
import { profileAs, type ReadableDataset } from './reading.js';

/** Names listed in an error; a file may have thousands. */
const listedColumns = 30;

/**
 * @throws AppError `TARGET_UNKNOWN`, `COLUMN_UNKNOWN`; when the profile covers every row also what `targetFault`
 *   finds; `CSV_*` when the file cannot be read as `preprocessing.reading` says
 */
export async function checkConfig(config: WorkflowConfig, dataset: ReadableDataset, sniffer: Sniffer): Promise<void> {
  const profile = await profileAs(dataset, config.preprocessing.reading, sniffer);
  const names = new Set(profile.columns.map(({ name }) => name));
  const columns = listNames([...names]);
  if (!names.has(config.target)) throw new AppError('TARGET_UNKNOWN', { target: config.target, columns });
  for (const column of Object.keys(config.preprocessing.columns)) {
    if (!names.has(column)) throw new AppError('COLUMN_UNKNOWN', { column, columns });
  }
  const target = profile.columns.find(({ name }) => name === config.target);
  const fault = profile.complete && target !== undefined ? targetFault(target, profile.rows) : null;
  if (fault !== null) throw new AppError(fault.code, fault.params);
}

function listNames(names: string[]): string {
  const shown = names.slice(0, listedColumns).join(', ');
  return names.length > listedColumns ? `${shown}, … (${names.length})` : shown;
}
