/** What a workflow leaves behind, read piece by piece. */
import { sql } from 'drizzle-orm';
import type { Metric, StepName, TrainingResult } from '../../contract/entities.js';
import type { StoredFile } from '../../contract/tasks.js';
import type { LogRecord } from '../../engine/ports.js';
import { list, type Queries } from '../driver.js';

export function metricsAfter(queries: Queries, workflowId: number, epoch: number, limit: number): Promise<Metric[]> {
  return queries.query(sql`
    SELECT epoch, train_accuracy AS "trainAccuracy", validation_accuracy AS "validationAccuracy",
           train_loss AS "trainLoss", validation_loss AS "validationLoss"
    FROM training_metric WHERE workflow_id = ${workflowId}::int AND epoch > ${epoch}::int
    ORDER BY epoch LIMIT ${limit}::int`);
}

export function logsAfter(queries: Queries, workflowId: number, logId: number, limit: number): Promise<LogRecord[]> {
  return queries.query(sql`
    SELECT id, at, level, step, attempt, code, params FROM workflow_log
    WHERE workflow_id = ${workflowId}::int AND id > ${logId}::bigint ORDER BY id LIMIT ${limit}::int`);
}

export async function findResult(queries: Queries, workflowId: number): Promise<TrainingResult | null> {
  const [row] = await queries.query<{ summary: TrainingResult }>(
    sql`SELECT summary FROM training_result WHERE workflow_id = ${workflowId}::int`,
  );
  return row?.summary ?? null;
}

export function listFiles(queries: Queries, workflowId: number): Promise<(StoredFile & { step: StepName })[]> {
  return queries.query(sql`
    SELECT f.name, f.file, f.size_bytes AS "sizeBytes", f.sha256, s.name AS step
    FROM workflow_file f JOIN workflow_step s ON s.id = f.step_id
    WHERE f.workflow_id = ${workflowId}::int ORDER BY s.position, f.name`);
}

/** Names such as `workflows/7/train-2/model.joblib` belong to an attempt that may be running still. */
export async function unreferencedFiles(queries: Queries, files: string[]): Promise<string[]> {
  if (files.length === 0) return [];
  const rows = await queries.query<{ file: string }>(sql`
    SELECT given.file FROM unnest(${list(files)}::text[]) AS given(file)
    WHERE NOT EXISTS (SELECT 1 FROM dataset d WHERE d.file = given.file)
      AND NOT EXISTS (SELECT 1 FROM workflow_file f WHERE f.file = given.file)
      AND NOT EXISTS (SELECT 1 FROM workflow_step s WHERE s.checkpoint = given.file)
      AND NOT EXISTS (
        SELECT 1 FROM workflow_step s
        WHERE s.status = 'RUNNING'
          AND given.file LIKE 'workflows/' || s.workflow_id || '/' || s.name || '-' || s.attempt || '/%')`);
  return rows.map(({ file }) => file);
}
