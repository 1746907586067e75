import { randomUUID } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { TrainingResult } from '../../contract/entities.js';
import type { StepOutput } from '../../contract/tasks.js';
import type { Fence, OutboxRow, StepEnding } from '../../engine/ports.js';
import { type Driver, json } from '../driver.js';
import { addMetrics, latestEpoch } from './append.js';
import { currentStep, messageAndTask, tellRelays, tellWatchers } from './chain.js';

/**
 * Step → COMPLETED with result and files, then next step → QUEUED, or workflow → COMPLETED.
 * Whatever step has a training result leaves the workflow's summary, though a custom one may follow.
 */
export async function completeStep(
  driver: Driver,
  fence: Fence,
  output: StepOutput,
  now: Date,
  { metrics = [], logs = [], take }: StepEnding = {},
): Promise<boolean> {
  const parsed = TrainingResult.safeParse(output.result);
  const summary = parsed.success ? parsed.data : null;
  const taskId = randomUUID();
  const [completed] = await driver.query<Completed>(
    sql`
      WITH ${currentStep(fence)},
      next AS (
        SELECT s.id, s.workflow_id, s.name FROM workflow_step s JOIN step ON step.workflow_id = s.workflow_id
        WHERE s.position > step.position AND s.status = 'PENDING' ORDER BY s.position LIMIT 1
      ),
      done AS (
        UPDATE workflow_step s
        SET status = 'COMPLETED', completed_at = ${now}::timestamptz, result = ${json(output.result)}, error = NULL,
            lease_until = NULL, checkpoint = NULL, checkpoint_epoch = NULL
        FROM step WHERE s.id = step.id
      ),
      done_task AS (
        UPDATE task_result t
        SET status = 'SUCCESS', completed_at = ${now}::timestamptz, result = ${json(output.result)}, traceback = NULL
        FROM step WHERE t.task_id = step.task_id
      ),
      ${recordOutput(output)}
      queued AS (
        UPDATE workflow_step s
        SET status = 'QUEUED', task_id = ${taskId}::text, queued_at = ${now}::timestamptz,
            published_at = ${now}::timestamptz, reminders = 0
        FROM next WHERE s.id = next.id
      ),
      ${messageAndTask(taskId, now, priorityOfNext, { dueAt: take?.until ?? now })}
      ${metrics.length > 0 ? sql`${addMetrics(metrics)},` : sql``}
      changed AS (${changeWorkflow(summary, latestEpoch(metrics), now)}),
      ${recordSummary(summary, output, now)}
      lines AS (
        INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
        SELECT workflow_id, at, level, name, attempt, code, params FROM (
          SELECT 0 AS place, e.position, step.workflow_id, (e.value ->> 'at')::timestamptz AS at,
                 e.value ->> 'level' AS level, step.name, step.attempt, e.value ->> 'code' AS code,
                 e.value -> 'params' AS params
          FROM step CROSS JOIN jsonb_array_elements(${json(logs)}) WITH ORDINALITY AS e(value, position)
          UNION ALL
          SELECT 1, 0, workflow_id, ${now}::timestamptz, 'info', name, attempt, 'stepCompleted',
                 jsonb_build_object('step', name,
                                    'seconds', round(extract(epoch FROM ${now}::timestamptz - started_at), 3)::float8)
          FROM step
          UNION ALL
          SELECT 2, 0, workflow_id, ${now}::timestamptz, 'info', name, NULL, 'stepQueued',
                 jsonb_build_object('step', name)
          FROM next
          UNION ALL
          SELECT 2, 0, workflow_id, ${now}::timestamptz, 'info', NULL, NULL, 'workflowCompleted',
                 jsonb_build_object('accuracy', coalesce(${summary?.validationAccuracy ?? null}::float8,
                   (SELECT w.validation_accuracy FROM workflow w WHERE w.id = step.workflow_id)))
          FROM step WHERE NOT EXISTS (SELECT FROM next)
        ) AS line ORDER BY place, position
      )
      SELECT step.workflow_id AS "workflowId", m.id, m.message, m.priority FROM step LEFT JOIN message m ON true`,
    `complete-step-${output.files.length > 0}-${output.profile !== undefined}-${summary !== null}-${metrics.length > 0}`,
  );
  if (completed === undefined) return false;
  const { workflowId, id, message, priority } = completed;
  tellWatchers(driver, workflowId);
  if (id === null) return true;
  if (take === undefined) tellRelays(driver);
  else take.taken({ id, message, priority });
  return true;
}

/** A step that was not the last has written the message of the next one. */
type Completed = { workflowId: number } & (OutboxRow | { id: null; message: null; priority: null });

const priorityOfNext = sql`(SELECT w.priority FROM workflow w WHERE w.id = next.workflow_id)`;

const filesOf = (output: StepOutput): SQL => sql`
  jsonb_to_recordset(${json(output.files)}) AS f(name text, file text, "sizeBytes" bigint, sha256 text)`;

function recordOutput(output: StepOutput): SQL {
  const files = sql`
    files AS (
      INSERT INTO workflow_file (workflow_id, step_id, name, file, size_bytes, sha256)
      SELECT step.workflow_id, step.id, f.name, f.file, f."sizeBytes", f.sha256
      FROM step CROSS JOIN ${filesOf(output)}
      ON CONFLICT (workflow_id, step_id, name) DO UPDATE
      SET file = excluded.file, size_bytes = excluded.size_bytes, sha256 = excluded.sha256
    ),`;
  // Every workflow on a dataset finds the same; to write that again would only make them wait for each other.
  const profile = sql`
    profile AS (
      UPDATE dataset d SET profile = ${json(output.profile)}
      FROM step JOIN workflow w ON w.id = step.workflow_id
      WHERE d.id = w.dataset_id AND d.profile IS DISTINCT FROM ${json(output.profile)}
    ),`;
  return sql.join([output.files.length > 0 ? files : sql``, output.profile ? profile : sql``]);
}

/** Counts the change; where no step is left, ends the workflow. */
const changeWorkflow = (summary: TrainingResult | null, epoch: number, now: Date): SQL => sql`
  UPDATE workflow w
  SET version = version + 1,
      epoch = greatest(epoch, ${epoch}::int),
      status = CASE WHEN more THEN status ELSE 'COMPLETED' END,
      completed_at = CASE WHEN NOT more THEN ${now}::timestamptz END,
      error = CASE WHEN more THEN error END,
      duration_ms = CASE WHEN NOT more THEN extract(epoch FROM ${now}::timestamptz - w.started_at)::float8 * 1000 END,
      train_accuracy = coalesce(${summary?.trainAccuracy ?? null}::float8, train_accuracy),
      validation_accuracy = coalesce(${summary?.validationAccuracy ?? null}::float8, validation_accuracy)
  FROM step, LATERAL (SELECT EXISTS (SELECT FROM next) AS more) AS ending
  WHERE w.id = step.workflow_id`;

/** What this step adds to the files is not to be seen in the table yet. */
function recordSummary(summary: TrainingResult | null, output: StepOutput, now: Date): SQL {
  if (summary === null) return sql``;
  return sql`
    summary AS (
      INSERT INTO training_result (workflow_id, summary, files, created_at)
      SELECT step.workflow_id, ${json(summary)},
             (SELECT coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'file', f.file, 'sizeBytes', f."sizeBytes",
                                                           'sha256', f.sha256) ORDER BY f.name), '[]'::jsonb)
              FROM (SELECT name, file, size_bytes AS "sizeBytes", sha256 FROM workflow_file
                    WHERE workflow_id = step.workflow_id AND step_id <> step.id
                    UNION ALL
                    SELECT name, file, "sizeBytes", sha256 FROM ${filesOf(output)}) AS f),
             ${now}::timestamptz
      FROM step
      ON CONFLICT (workflow_id) DO UPDATE
      SET summary = excluded.summary, files = excluded.files, created_at = excluded.created_at
    ),`;
}
