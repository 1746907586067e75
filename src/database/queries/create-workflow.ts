import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type StepName, stepNames } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import type { NewWorkflow } from '../../engine/ports.js';
import { json, type Queries } from '../driver.js';
import { archivedLength, searchText } from '../search-text.js';
import { messageAndTask, tellRelays, tellWatchers } from './chain.js';

/** Workflow, its steps and, when it starts, the first message, or (while it is held) the wait for it. */
export async function createWorkflow(driver: Queries, workflow: NewWorkflow, now: Date): Promise<number> {
  const { config, start, owner = '', priority = 5, traceparent = null } = workflow;
  const held = start && workflow.held === true;
  const { test_size, random_state } = config.params;
  // What the dataset has to say to the first of them is added where the dataset is read.
  const params: Record<StepName, Record<string, unknown>> = {
    upload: { reading: config.preprocessing.reading },
    preprocess: { target: config.target, test_size, random_state, ...config.preprocessing },
    train: { model: config.model, ...config.params },
    custom: { ...config.custom },
  };
  const names = stepNames.filter((name) => name !== 'custom' || config.custom !== undefined);
  const steps = names.map((name, position) => ({ name, position, params: params[name] }));
  const taskId = randomUUID();
  const name = searchText(workflow.name);
  const [created] = await driver.query<{ id: number }>(
    sql`
      WITH source AS (
        SELECT d.id, d.search_text, jsonb_build_object('fileName', d.file_name, 'sha256', d.sha256) AS upload
        FROM dataset d WHERE d.id = ${workflow.datasetId}::int FOR KEY SHARE
      ),
      created AS (
        INSERT INTO workflow (name, status, dataset_id, model, config, ignored, origin, created_at, started_at, name_key,
                              search_text, owner, priority, held, traceparent)
        SELECT ${workflow.name}::text, ${start ? 'RUNNING' : 'PENDING'}::text, source.id, ${config.model}::text,
               ${json(config)}, ${json(workflow.ignored)}, ${json(workflow.origin)}, ${now}::timestamptz,
               ${start ? now : null}::timestamptz, left(${name}::text, ${archivedLength.name}::int),
               left(${name}::text || ' ' || source.search_text, ${archivedLength.search}::int), ${owner}::text,
               ${priority}::int, ${held}::boolean, ${traceparent}::text
        FROM source RETURNING id
      ),
      steps AS (
        INSERT INTO workflow_step (workflow_id, name, position, status, task_id, queued_at, published_at, params)
        SELECT created.id, s.name, s.position, CASE WHEN first THEN 'QUEUED' ELSE 'PENDING' END,
               CASE WHEN first THEN ${taskId}::text END, CASE WHEN first THEN ${now}::timestamptz END,
               CASE WHEN first THEN ${now}::timestamptz END,
               CASE WHEN s.name = 'upload' THEN source.upload || s.params ELSE s.params END
        FROM created CROSS JOIN source
        CROSS JOIN jsonb_to_recordset(${json(steps)}) AS s(name text, position int, params jsonb)
        CROSS JOIN LATERAL (SELECT ${start}::boolean AND s.position = 0 AS first) AS starts
        ORDER BY s.position
        RETURNING id, workflow_id, name, status
      ),
      next AS (SELECT id, workflow_id, name FROM steps WHERE status = 'QUEUED'),
      ${messageAndTask(taskId, now, sql`${priority}::int`, { held, traceparent: sql`${traceparent}::text` })}
      lines AS (
        INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
        SELECT id, ${now}::timestamptz, 'info', step, NULL, code, params FROM (
          SELECT 1 AS place, id, NULL AS step, 'workflowCreated' AS code, '{}'::jsonb AS params FROM created
          UNION ALL
          SELECT 2, workflow_id, name, 'stepQueued', jsonb_build_object('step', name) FROM next
        ) AS line ORDER BY place
      )
      SELECT id FROM created`,
    'create-workflow',
  );
  if (created === undefined) throw new AppError('DATASET_NOT_FOUND', { id: workflow.datasetId });
  if (start && !held) tellRelays(driver);
  tellWatchers(driver, created.id);
  return created.id;
}
