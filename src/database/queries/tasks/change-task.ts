/** Tasks that an operator takes out of the way or has tried again: changes of their workflows. */
import { sql } from 'drizzle-orm';
import type { StepStatus, WorkflowStatus } from '../../../contract/entities.js';
import type { TaskStatus } from '../../../contract/operations.js';
import type { TaskChange } from '../../../engine/operations/task-ports.js';
import type { Driver, Queries } from '../../driver.js';
import { cancelIn } from '../cancel-workflow.js';
import { retryIn } from '../start-workflow.js';

interface Found {
  workflowId: number;
  workflow: WorkflowStatus;
  status: TaskStatus;
  step: StepStatus;
  /** The step's last task. */
  last: string | null;
}

export function revokeTask(driver: Driver, taskId: string, terminate: boolean, now: Date): Promise<TaskChange> {
  return driver.transaction(async (tx): Promise<TaskChange> => {
    const found = await lockTask(tx, taskId);
    if (found === null) return { outcome: 'unknown' };
    const current = found.last === taskId;
    if (!current || (found.step !== 'QUEUED' && found.step !== 'RUNNING')) {
      return { outcome: 'ended', status: found.status };
    }
    if (found.step === 'RUNNING' && !terminate) return { outcome: 'running' };
    await cancelIn(tx, found.workflowId, now);
    return { outcome: 'done' };
  });
}

export function retryTask(driver: Driver, taskId: string, now: Date, held: boolean): Promise<TaskChange> {
  return driver.transaction(async (tx): Promise<TaskChange> => {
    const found = await lockTask(tx, taskId);
    if (found === null) return { outcome: 'unknown' };
    const { status, last, workflowId } = found;
    if (last !== null && last !== taskId) return { outcome: 'replaced', by: last };
    const failed = status === 'FAILURE' || status === 'REVOKED';
    return failed && (await retryIn(tx, workflowId, now, held))
      ? { outcome: 'done' }
      : { outcome: 'not_failed', status };
  });
}

/** The task behind the lock of its workflow, as it is then. */
async function lockTask(tx: Queries, taskId: string): Promise<Found | null> {
  const [locked] = await tx.query<{ id: number }>(sql`
    SELECT w.id FROM workflow w
    WHERE w.id = (SELECT t.workflow_id FROM task_result t WHERE t.task_id = ${taskId}::text) FOR NO KEY UPDATE`);
  if (locked === undefined) return null;
  const [found] = await tx.query<Found>(sql`
    SELECT t.workflow_id AS "workflowId", w.status AS workflow, t.status, s.status AS step, s.task_id AS last
    FROM task_result t JOIN workflow w ON w.id = t.workflow_id JOIN workflow_step s ON s.id = t.step_id
    WHERE t.task_id = ${taskId}::text`);
  return found ?? null;
}
