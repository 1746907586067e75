import { sql } from 'drizzle-orm';
import { type StepName, stepNames } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import type { NewWorkflow } from '../../engine/ports.js';
import { type Driver, json } from '../driver.js';
import { searchText } from '../search-text.js';
import { announce, queueStep, writeLog } from './chain.js';

/** Workflow, its three steps and, when it starts, the first message. */
export async function createWorkflow(driver: Driver, workflow: NewWorkflow, now: Date): Promise<number> {
  const { config } = workflow;
  return driver.transaction(async (tx) => {
    const [dataset] = await tx.query<{ name: string; fileName: string; sha256: string }>(sql`
      SELECT name, file_name AS "fileName", sha256 FROM dataset WHERE id = ${workflow.datasetId}::int FOR KEY SHARE`);
    if (dataset === undefined) throw new AppError('DATASET_NOT_FOUND', { id: workflow.datasetId });
    const [inserted] = await tx.query<{ id: number }>(sql`
      INSERT INTO workflow (name, status, dataset_id, model, config, ignored, origin, created_at, started_at,
                            name_key, search_text)
      VALUES (${workflow.name}::text, ${workflow.start ? 'RUNNING' : 'PENDING'}::text, ${workflow.datasetId}::int,
              ${config.model}::text, ${json(config)}, ${json(workflow.ignored)}, ${json(workflow.origin)},
              ${now}::timestamptz, ${workflow.start ? now : null}::timestamptz, ${searchText(workflow.name)}::text,
              ${searchText(workflow.name, dataset.name, dataset.fileName)}::text)
      RETURNING id`);
    if (inserted === undefined) throw new AppError('INTERNAL', { detail: 'INSERT gave no row' });
    const { test_size, random_state } = config.params;
    const params: Record<StepName, Record<string, unknown>> = {
      upload: { fileName: dataset.fileName, sha256: dataset.sha256, reading: config.preprocessing.reading },
      preprocess: { target: config.target, test_size, random_state, ...config.preprocessing },
      train: { model: config.model, ...config.params },
    };
    const steps = await tx.query<{ id: number }>(sql`
      INSERT INTO workflow_step (workflow_id, name, position, status, params)
      VALUES ${sql.join(
        stepNames.map(
          (name, position) =>
            sql`(${inserted.id}::int, ${name}::text, ${position}::int, 'PENDING', ${json(params[name])})`,
        ),
        sql`, `,
      )}
      RETURNING id`);
    await writeLog(tx, inserted.id, { level: 'info', step: null, attempt: null, code: 'workflowCreated' }, now);
    const first = steps[0];
    if (workflow.start && first) {
      const name = stepNames[0];
      await queueStep(tx, { id: first.id, workflowId: inserted.id, name, attempt: 0, taskId: null, dueAt: now }, now);
      const queued = { level: 'info', step: name, attempt: null, code: 'stepQueued', params: { step: name } } as const;
      await writeLog(tx, inserted.id, queued, now);
    }
    await announce(tx, inserted.id);
    return inserted.id;
  });
}
