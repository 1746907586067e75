/** A dataset and a config for steps that follow a script and never read them. */
import { settleConfig, WorkflowConfigInput } from '../../../src/contract/config.js';
import type { StepInput } from '../../../src/contract/tasks.js';
import type { Script } from './scripted-steps.js';

export const dataset = {
  fileName: 'none.csv',
  file: 'datasets/none',
  sha256: '0'.repeat(64),
  sizeBytes: 1,
  dialect: { encoding: 'utf-8', bom: false, delimiter: ',', quote: '"', decimal: '.', header: true },
  profile: { complete: true, rows: 1, rowsWithMissing: 0, columns: [], warnings: [] },
} as const;

/** The script stands where a workflow has its target column. */
export const configFor = (script: Script) =>
  settleConfig(WorkflowConfigInput.parse({ model: 'LR', target: script })).config;

/** Input of a train step, as a claim would give it. */
export function stepInput(script: Script): StepInput {
  return {
    stepId: 3,
    workflowId: 1,
    name: 'train',
    attempt: 1,
    config: configFor(script),
    dataset: { id: 1, ...dataset, profile: { ...dataset.profile, columns: [], warnings: [] } },
    results: {},
    files: [],
    checkpoint: null,
  };
}
