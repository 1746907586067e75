/** What the suites of the store and the engine need to set up a chain. */
import { randomUUID } from 'node:crypto';
import { settleConfig } from '../../src/contract/config.js';
import type { DatasetProfile, Metric, TrainingResult } from '../../src/contract/entities.js';
import type { StepOutput } from '../../src/contract/tasks.js';
import type {
  ClaimedStep,
  Fence,
  NewDataset,
  NewWorkflow,
  StepRecord,
  Store,
  WorkflowRecord,
} from '../../src/engine/ports.js';

export const start = new Date('2026-03-01T12:00:00.000Z');
export const at = (ms: number): Date => new Date(start.getTime() + ms);
export const leaseMs = 30_000;

const dialect: NewDataset['dialect'] = {
  encoding: 'utf-8',
  bom: false,
  delimiter: ',',
  quote: '"',
  decimal: '.',
  header: true,
};

function column(name: string, more: Partial<DatasetProfile['columns'][number]> = {}) {
  return {
    name,
    type: 'numeric' as const,
    kind: 'number' as const,
    missing: 0,
    distinct: 3,
    distinctExact: true,
    min: 0,
    max: 1,
    mean: 0.1 + 0.2,
    std: 1e-300,
    top: [{ value: '0.5', count: 2 }],
    note: null,
    ...more,
  };
}

export const profile: DatasetProfile = {
  complete: true,
  rows: 6,
  rowsWithMissing: 0,
  columns: [column('a'), column('b'), column('species', { type: 'categorical', kind: 'text' })],
  warnings: [],
};

export function newDataset(more: Partial<NewDataset> = {}): NewDataset {
  const sha256 = randomUUID().replaceAll('-', '').repeat(2);
  return {
    name: 'penguins',
    fileName: 'penguins.csv',
    file: `datasets/${sha256}`,
    sha256,
    sizeBytes: 120,
    dialect,
    profile,
    ...more,
  };
}

export const preprocessing = { missing: 'impute' as const, stratify: false, columns: {}, reading: {} };

export function newWorkflow(datasetId: number, more: Partial<NewWorkflow> = {}): NewWorkflow {
  const { config } = settleConfig({ model: 'LR', target: 'species', params: {}, preprocessing });
  return { name: 'first try', datasetId, config, ignored: [], origin: null, start: true, ...more };
}

export const trainingResult: TrainingResult = {
  trainAccuracy: 0.975,
  validationAccuracy: 0.9402985074626866,
  trainLoss: 0.1,
  validationLoss: 0.2,
  bestEpoch: 3,
  bestValidationAccuracy: 0.95,
  confusionMatrix: [
    [3, 0],
    [1, 2],
  ],
  perClass: [],
  classes: ['x', 'y'],
  rows: { total: 6, dropped: 0, train: 4, validation: 2 },
  features: 2,
};

export const metric = (epoch: number, trainLoss = 0.5): Metric => ({
  epoch,
  trainAccuracy: 0.1 + 0.2,
  validationAccuracy: 0.25,
  trainLoss,
  validationLoss: 5e-324,
});

export const fenceOf = ({ input }: ClaimedStep): Fence => ({ stepId: input.stepId, attempt: input.attempt });

export async function createChain(store: Store, more: Partial<NewWorkflow> = {}, now = start): Promise<number> {
  const { record } = await store.insertDataset(newDataset(), now);
  return store.createWorkflow(newWorkflow(record.id, more), now);
}

/** Claims the step of the workflow that is queued, as its message would have it done. */
export async function claimNext(
  store: Store,
  workflowId: number,
  now = start,
  worker = 'worker-1',
): Promise<ClaimedStep> {
  const workflow = await store.findWorkflow(workflowId);
  const step = workflow?.steps.find(({ status }) => status === 'QUEUED');
  const claimed = step && (await store.claimStep(step.id, worker, leaseMs, now));
  if (!claimed) throw new Error(`workflow ${workflowId} has no step to claim`);
  return claimed;
}

export function outputOf({ input }: ClaimedStep): StepOutput {
  const folder = `workflows/${input.workflowId}/${input.name}-${input.attempt}`;
  const file = (name: string) => ({ name, file: `${folder}/${name}`, sizeBytes: 7, sha256: 'a'.repeat(64) });
  switch (input.name) {
    case 'upload':
      return { result: { rows: 6 }, files: [], profile: { ...profile, rows: 7 } };
    case 'preprocess':
      return { result: { features: 2 }, files: [file('processed.pkl')] };
    case 'train':
      return { result: trainingResult, files: [file('model.joblib'), file('report.json')] };
    case 'custom':
      return { result: { value: 7 }, files: [] };
  }
}

/** Runs what is left of a chain to its end. */
export async function runToEnd(store: Store, workflowId: number, now = start): Promise<void> {
  for (;;) {
    const workflow = await store.findWorkflow(workflowId);
    if (workflow?.status !== 'RUNNING') return;
    const claimed = await claimNext(store, workflowId, now);
    await store.completeStep(fenceOf(claimed), outputOf(claimed), now);
  }
}

/** The tasks that the outbox holds for a workflow. */
export async function outboxOf(store: Store, workflowId: number, now = start) {
  const rows = await store.dueOutbox(1000, now);
  return rows.filter(({ message }) => message.kwargs.workflowId === workflowId);
}

export async function logCodes(store: Store, workflowId: number): Promise<string[]> {
  return (await store.logsAfter(workflowId, 0, 1000)).map(({ code }) => code);
}

export const workerLost = { code: 'WORKER_LOST', params: { worker: 'worker-1', step: 'upload' } } as const;
export const ragged = { code: 'CSV_RAGGED', params: { line: 3, found: 2, expected: 4 } } as const;

/** What a suite looks at after each change: the workflow, its statuses in one line, one of its steps. */
export function viewsOf(store: () => Store) {
  const find = async (id: number): Promise<WorkflowRecord> => {
    const workflow = await store().findWorkflow(id);
    if (workflow === null) throw new Error(`no workflow ${id}`);
    return workflow;
  };
  const statuses = async (id: number): Promise<string> => {
    const { status, steps } = await find(id);
    return [status, ...steps.map((step) => step.status)].join(' ');
  };
  const step = async (id: number, position: number): Promise<StepRecord> => {
    const found = (await find(id)).steps[position];
    if (!found) throw new Error(`no step ${position}`);
    return found;
  };
  return { find, statuses, step };
}
