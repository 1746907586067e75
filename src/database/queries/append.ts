/** What a running step says: epochs and log lines, many in one statement. */
import { sql } from 'drizzle-orm';
import type { Metric } from '../../contract/entities.js';
import type { LogEntry } from '../../contract/tasks.js';
import type { Fence } from '../../engine/ports.js';
import { type Driver, json } from '../driver.js';
import { announce, whileCurrent } from './chain.js';

/** Epochs that are there already stay: a resumed training repeats them with the same figures. */
export async function appendMetrics(driver: Driver, fence: Fence, metrics: Metric[]): Promise<boolean> {
  const written = await whileCurrent(driver, fence, async (tx, { workflowId }) => {
    if (metrics.length === 0) return true;
    await tx.query(sql`
      INSERT INTO training_metric
        (workflow_id, epoch, train_accuracy, validation_accuracy, train_loss, validation_loss)
      SELECT ${workflowId}::int, m.epoch, m."trainAccuracy", m."validationAccuracy", m."trainLoss", m."validationLoss"
      FROM jsonb_to_recordset(${json(metrics)}) AS m(
        epoch int, "trainAccuracy" float8, "validationAccuracy" float8, "trainLoss" float8, "validationLoss" float8)
      ON CONFLICT (workflow_id, epoch) DO NOTHING`);
    const latest = metrics.reduce((epoch, metric) => Math.max(epoch, metric.epoch), 0);
    await tx.query(sql`
      UPDATE workflow SET epoch = greatest(epoch, ${latest}::int) WHERE id = ${workflowId}::int`);
    await announce(tx, workflowId);
    return true;
  });
  return written ?? false;
}

export async function appendLogs(driver: Driver, fence: Fence, entries: LogEntry[]): Promise<boolean> {
  const written = await whileCurrent(driver, fence, async (tx, { workflowId, name, attempt }) => {
    if (entries.length === 0) return true;
    await tx.query(sql`
      INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
      SELECT ${workflowId}::int, (e.value ->> 'at')::timestamptz, e.value ->> 'level', ${name}::text, ${attempt}::int,
             e.value ->> 'code', e.value -> 'params'
      FROM jsonb_array_elements(${json(entries)}) WITH ORDINALITY AS e(value, position) ORDER BY e.position`);
    await announce(tx, workflowId);
    return true;
  });
  return written ?? false;
}
