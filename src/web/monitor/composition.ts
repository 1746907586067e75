/** Whether the settings of one workflow fit the data of another. */
import type { WorkflowConfig } from '../../contract/config.js';
import type { DatasetProfile } from '../../contract/entities.js';

export interface CompositionCheck {
  /** Different values of the target in the data; null when the data has no such column. */
  classes: number | null;
  /** Columns that the settings name and the data lacks. */
  missing: string[];
}

export function checkComposition(profile: DatasetProfile, config: WorkflowConfig): CompositionCheck {
  const known = new Map(profile.columns.map((column) => [column.name, column]));
  return {
    classes: known.get(config.target)?.distinct ?? null,
    missing: Object.keys(config.preprocessing.columns).filter((name) => !known.has(name)),
  };
}
