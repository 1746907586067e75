/** What must hold when everything has come to rest; each breach is one line of text. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StepStatus, WorkflowStatus } from '../../src/contract/entities.js';
import type { Control } from './control.js';
import type { RecipeName } from './workload.js';

/** All of a workflow that must not depend on how it got there. */
export interface Outcome {
  status: WorkflowStatus;
  error: unknown;
  epoch: number;
  trainAccuracy: number | null;
  validationAccuracy: number | null;
  metrics: { count: number; first: number; last: number; sha256: string };
  result: unknown;
  files: { step: string; name: string; sha256: string; sizeBytes: number }[];
}

interface Place {
  control: Control;
  filesDirectory: string;
}

export async function outcomeOf({ control, filesDirectory }: Place, id: number): Promise<Outcome> {
  const workflow = await control.query<
    Pick<Outcome, 'status' | 'error' | 'epoch' | 'trainAccuracy' | 'validationAccuracy'>
  >(
    `SELECT status, error, epoch, train_accuracy AS "trainAccuracy", validation_accuracy AS "validationAccuracy"
     FROM workflow WHERE id = $1`,
    [id],
  );
  const metrics = await control.query<{ epoch: number }>(
    'SELECT * FROM training_metric WHERE workflow_id = $1 ORDER BY epoch',
    [id],
  );
  const files = await control.query<Outcome['files'][number] & { file: string }>(
    `SELECT s.name AS step, f.name, f.sha256, f.size_bytes::int AS "sizeBytes", f.file
     FROM workflow_file f JOIN workflow_step s ON s.id = f.step_id WHERE f.workflow_id = $1 ORDER BY 1, 2`,
    [id],
  );
  const result = await control.query<{ summary: unknown }>(
    'SELECT summary FROM training_result WHERE workflow_id = $1',
    [id],
  );
  const [row] = workflow.rows;
  if (row === undefined) throw new Error(`there is no workflow ${id}`);
  const figures = metrics.rows.map((each) => ({ ...each, workflow_id: undefined }));
  return {
    ...row,
    metrics: {
      count: figures.length,
      first: figures[0]?.epoch ?? 0,
      last: figures.at(-1)?.epoch ?? 0,
      sha256: createHash('sha256').update(JSON.stringify(figures)).digest('hex'),
    },
    result: result.rows[0]?.summary ?? null,
    files: await Promise.all(files.rows.map((row) => withoutId(filesDirectory, row))),
  };
}

/** The report names its workflow; all else in it, and every other file, is the same to the last byte. */
async function withoutId(
  directory: string,
  { file, ...row }: Outcome['files'][number] & { file: string },
): Promise<Outcome['files'][number]> {
  if (row.name !== 'report.json') return row;
  const text = (await readFile(path.join(directory, file), 'utf8')).replace(/"id": ?\d+/, '"id":0');
  return { ...row, sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
}

/** Compares a workflow with the undisturbed one of the same recipe, or (null) looks whether it was cancelled cleanly. */
export async function verifyWorkflow(
  place: Place,
  { id, name, recipe }: { id: number; name: string; recipe: RecipeName | null },
  references: ReadonlyMap<RecipeName, Outcome>,
): Promise<string[]> {
  const { control } = place;
  const outcome = await outcomeOf(place, id);
  const breaches: string[] = [];
  const breach = (text: string) => breaches.push(`${name} (workflow ${id}, ${recipe ?? 'endless'}): ${text}`);
  if (recipe === null) {
    if (outcome.status !== 'CANCELLED') breach(`${outcome.status}, not CANCELLED: ${JSON.stringify(outcome.error)}`);
    const { count, first, last } = outcome.metrics;
    if (count !== (count === 0 ? 0 : last - first + 1))
      breach(`epochs are missing: ${JSON.stringify(outcome.metrics)}`);
    if (count > 0 && first !== 1) breach(`the first epoch is ${first}`);
  } else {
    const reference = references.get(recipe);
    for (const key of Object.keys(outcome) as (keyof Outcome)[]) {
      const [is, should] = [JSON.stringify(outcome[key]), JSON.stringify(reference?.[key])];
      if (is !== should) breach(`${key} is ${short(is)} instead of ${short(should)}`);
    }
    const { count, first, last } = outcome.metrics;
    if (count > 0 && (first !== 1 || count !== last)) breach(`epochs are missing: ${JSON.stringify(outcome.metrics)}`);
  }
  const { rows } = await control.query<{ name: string; status: StepStatus; task: string; completed: number }>(
    `SELECT s.name, s.status, coalesce(t.status, '-') AS task,
            (SELECT count(*)::int FROM workflow_log l
             WHERE l.workflow_id = s.workflow_id AND l.step = s.name AND l.code = 'stepCompleted') AS completed
     FROM workflow_step s LEFT JOIN task_result t ON t.task_id = s.task_id WHERE s.workflow_id = $1`,
    [id],
  );
  for (const step of rows) {
    const word = {
      PENDING: '-',
      QUEUED: '?',
      RUNNING: '?',
      COMPLETED: 'SUCCESS',
      FAILED: 'FAILURE',
      CANCELLED: 'REVOKED',
    };
    const never = step.task === '-' && step.status === 'CANCELLED';
    if (word[step.status] !== step.task && !never) breach(`step ${step.name} is ${step.status}, its task ${step.task}`);
    if (step.completed !== (step.status === 'COMPLETED' ? 1 : 0)) {
      breach(`step ${step.name} is ${step.status} and was completed ${step.completed} times`);
    }
  }
  return breaches;
}

const short = (text: string | undefined): string =>
  text === undefined || text.length <= 300 ? String(text) : `${text.slice(0, 300)}...`;

/** Rows against files, both ways; call it after the cleaner. @param stored every name in storage */
export async function verifyFiles(control: Control, directory: string, stored: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await control.query<{ file: string; sha256: string | null }>(
    `SELECT file, sha256 FROM dataset UNION ALL SELECT file, sha256 FROM workflow_file
     UNION ALL SELECT checkpoint, NULL FROM workflow_step WHERE checkpoint IS NOT NULL`,
  );
  const breaches: string[] = [];
  for (const { file, sha256 } of rows) {
    if (!stored.has(file)) breaches.push(`a row names ${file}, which is not there`);
    else if (sha256 !== null) {
      const found = createHash('sha256')
        .update(await readFile(path.join(directory, file)))
        .digest('hex');
      if (found !== sha256) breaches.push(`${file} is not what its row says`);
    }
  }
  const named = new Set(rows.map(({ file }) => file));
  for (const file of stored) if (!named.has(file)) breaches.push(`no row names ${file}`);
  return breaches;
}

export async function verifyRest(control: Control): Promise<string[]> {
  const count = async (what: string, text: string) => {
    const { rows } = await control.query<{ count: number }>(text);
    return rows[0]?.count ? [`${rows[0].count} ${what}`] : [];
  };
  return [
    ...(await count('messages are left in the outbox', 'SELECT count(*)::int FROM outbox')),
    ...(await count(
      'checkpoints are left of completed steps',
      `SELECT count(*)::int FROM workflow_step WHERE checkpoint IS NOT NULL AND status = 'COMPLETED'`,
    )),
    ...(await count(
      'steps wait or run in workflows that have ended',
      `SELECT count(*)::int FROM workflow_step s JOIN workflow w ON w.id = s.workflow_id
       WHERE s.status IN ('QUEUED', 'RUNNING') AND w.status <> 'RUNNING'`,
    )),
  ];
}
