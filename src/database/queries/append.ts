/** What a running step says: epochs and log lines, many in one statement. */
import { type SQL, sql } from 'drizzle-orm';
import type { Metric } from '../../contract/entities.js';
import type { LogEntry } from '../../contract/tasks.js';
import type { Fence } from '../../engine/ports.js';
import { type Driver, json } from '../driver.js';
import { currentStep, tellWatchers } from './chain.js';

/** `added`: the epochs of the metrics, as parts of a statement in which `step` has the row of their step. */
export const addMetrics = (metrics: readonly Metric[]): SQL => sql`
  added AS (
    INSERT INTO training_metric
      (workflow_id, epoch, train_accuracy, validation_accuracy, train_loss, validation_loss)
    SELECT step.workflow_id, m.epoch, m."trainAccuracy", m."validationAccuracy", m."trainLoss", m."validationLoss"
    FROM step CROSS JOIN jsonb_to_recordset(${json(metrics)}) AS m(
      epoch int, "trainAccuracy" float8, "validationAccuracy" float8, "trainLoss" float8, "validationLoss" float8)
    ON CONFLICT (workflow_id, epoch) DO NOTHING
  )`;

export const latestEpoch = (metrics: readonly Metric[]): number =>
  metrics.reduce((epoch, metric) => Math.max(epoch, metric.epoch), 0);

interface Written {
  workflowId: number;
}

/** Epochs that are there already stay: a resumed training repeats them with the same figures. */
export async function appendMetrics(driver: Driver, fence: Fence, metrics: Metric[]): Promise<boolean> {
  const latest = latestEpoch(metrics);
  const [written] = await driver.query<Written>(
    sql`
      WITH ${currentStep(fence)},
      ${addMetrics(metrics)},
      changed AS (
        UPDATE workflow w SET version = version + 1, epoch = greatest(epoch, ${latest}::int)
        FROM step WHERE w.id = step.workflow_id AND ${latest}::int > 0
      )
      SELECT workflow_id AS "workflowId" FROM step`,
    'append-metrics',
  );
  return told(driver, written, metrics.length > 0);
}

export async function appendLogs(driver: Driver, fence: Fence, entries: LogEntry[]): Promise<boolean> {
  const [written] = await driver.query<Written>(
    sql`
      WITH ${currentStep(fence)},
      added AS (
        INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
        SELECT step.workflow_id, (e.value ->> 'at')::timestamptz, e.value ->> 'level', step.name, step.attempt,
               e.value ->> 'code', e.value -> 'params'
        FROM step CROSS JOIN jsonb_array_elements(${json(entries)}) WITH ORDINALITY AS e(value, position)
        ORDER BY e.position
      ),
      changed AS (
        UPDATE workflow w SET version = version + 1
        FROM step WHERE w.id = step.workflow_id AND ${entries.length}::int > 0
      )
      SELECT workflow_id AS "workflowId" FROM step`,
    'append-logs',
  );
  return told(driver, written, entries.length > 0);
}

function told(driver: Driver, written: Written | undefined, news: boolean): boolean {
  if (written === undefined) return false;
  if (news) tellWatchers(driver, written.workflowId);
  return true;
}
