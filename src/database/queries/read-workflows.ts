/** Workflows with their dataset and steps: two queries, however many there are. */
import { sql } from 'drizzle-orm';
import type { ListedWorkflow, StepRecord, WorkflowRecord } from '../../engine/ports.js';
import { list, type Queries } from '../driver.js';

type Row = Omit<WorkflowRecord, 'dataset' | 'steps'> & {
  datasetName: string;
  datasetFileName: string;
  datasetSizeBytes: number;
};

const workflowColumns = sql`
  w.id, w.name, w.status, w.dataset_id AS "datasetId", d.name AS "datasetName", d.file_name AS "datasetFileName",
  d.size_bytes AS "datasetSizeBytes", w.config, w.ignored, w.origin, w.created_at AS "createdAt",
  w.started_at AS "startedAt", w.completed_at AS "completedAt", w.train_accuracy AS "trainAccuracy",
  w.validation_accuracy AS "validationAccuracy", w.epoch, w.error, w.version,
  w.owner, w.priority, w.held`;

const stepColumns = sql`
  id, workflow_id AS "workflowId", name, position, status, task_id AS "taskId", attempt, queued_at AS "queuedAt",
  started_at AS "startedAt", completed_at AS "completedAt", retry_at AS "retryAt", lease_until AS "leaseUntil",
  worker, progress, params, result, error`;

/** The workflows that there are of these, in any order. Both queries are of one moment, or the steps of a later one. */
async function readWorkflows(queries: Queries, ids: readonly number[]): Promise<WorkflowRecord[]> {
  if (ids.length === 0) return [];
  const rows = await queries.query<Row>(
    sql`
      SELECT ${workflowColumns} FROM workflow w JOIN dataset d ON d.id = w.dataset_id
      WHERE w.id = ANY(${list(ids)}::int[])`,
    'read-workflows',
  );
  const steps = await queries.query<StepRecord>(
    sql`
      SELECT ${stepColumns} FROM workflow_step WHERE workflow_id = ANY(${list(ids)}::int[])
      ORDER BY workflow_id, position`,
    'read-steps',
  );
  const stepsOf = new Map<number, StepRecord[]>(rows.map(({ id }) => [id, []]));
  for (const step of steps) stepsOf.get(step.workflowId)?.push(step);
  return rows.map(({ datasetName, datasetFileName, datasetSizeBytes, ...row }) => ({
    ...row,
    dataset: { id: row.datasetId, name: datasetName, fileName: datasetFileName, sizeBytes: datasetSizeBytes },
    steps: stepsOf.get(row.id) ?? [],
  }));
}

type ListedRow = Omit<ListedWorkflow, 'dataset' | 'steps' | 'config'> & {
  datasetId: number;
  datasetName: string;
  datasetFileName: string;
  datasetSizeBytes: number;
  model: ListedWorkflow['config']['model'];
  epochs: number;
};

/** As `readWorkflows`, with what lists show: of 200 whole workflows the configs and results alone took 10 ms to parse. */
export async function readListed(queries: Queries, ids: readonly number[]): Promise<ListedWorkflow[]> {
  if (ids.length === 0) return [];
  const rows = await queries.query<ListedRow>(
    sql`
      SELECT w.id, w.name, w.status, w.dataset_id AS "datasetId", d.name AS "datasetName",
             d.file_name AS "datasetFileName", d.size_bytes AS "datasetSizeBytes", w.config ->> 'model' AS model,
             w.config #> '{params,epochs}' AS epochs, w.created_at AS "createdAt", w.started_at AS "startedAt",
             w.completed_at AS "completedAt", w.train_accuracy AS "trainAccuracy",
             w.validation_accuracy AS "validationAccuracy", w.epoch, w.owner, w.priority
      FROM workflow w JOIN dataset d ON d.id = w.dataset_id WHERE w.id = ANY(${list(ids)}::int[])`,
    'read-listed',
  );
  const steps = await queries.query<ListedWorkflow['steps'][number] & { workflowId: number }>(
    sql`
      SELECT workflow_id AS "workflowId", name, status FROM workflow_step
      WHERE workflow_id = ANY(${list(ids)}::int[]) ORDER BY workflow_id, position`,
    'read-listed-steps',
  );
  const stepsOf = new Map<number, ListedWorkflow['steps']>(rows.map(({ id }) => [id, []]));
  for (const { workflowId, ...step } of steps) stepsOf.get(workflowId)?.push(step);
  return rows.map(({ datasetId, datasetName, datasetFileName, datasetSizeBytes, model, epochs, ...row }) => ({
    ...row,
    config: { model, params: { epochs } },
    dataset: { id: datasetId, name: datasetName, fileName: datasetFileName, sizeBytes: datasetSizeBytes },
    steps: stepsOf.get(row.id) ?? [],
  }));
}

/** One consistent look: the steps of the answer belong to the `version` that it names, or to a later one. */
export async function findWorkflow(queries: Queries, id: number): Promise<WorkflowRecord | null> {
  const [record] = await readWorkflows(queries, [id]);
  return record ?? null;
}

/** The newest first. */
export async function recentWorkflows(queries: Queries, limit: number): Promise<WorkflowRecord[]> {
  const newest = await queries.query<{ id: number }>(
    sql`SELECT id FROM workflow ORDER BY id DESC LIMIT ${limit}::int`,
    'recent-workflows',
  );
  const records = await readWorkflows(
    queries,
    newest.map(({ id }) => id),
  );
  return records.toSorted((a, b) => b.id - a.id);
}
