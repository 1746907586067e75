/**
 * Where the tasks that match a filter are looked for.
 *
 * `task_result` has no index over status or worker: these change while a task runs, and an index over them would make
 * every claim and every completion write to all indexes of the table. Tasks that have not ended are found by their
 * steps, failed ones by the indexes over `fault`, those of a workflow by the workflow; for all else the tasks are
 * gone through from the newest, a bounded stretch at a time.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { TaskState } from '../../../contract/operations.js';
import type { TaskCriteria } from '../../../engine/operations/task-ports.js';
import { list, type Queries } from '../../driver.js';

export interface TaskSource {
  /** Rows of `task_result` under the name `t`. */
  from: SQL;
  /** What the rows of `from` must be, as the index has it. */
  within: SQL[];
  /** What else they must be, as the row itself has to say. */
  filters: SQL[];
  /** How many rows may be looked at a time; null: there is nothing to look at, the index tells all. */
  stretch: number | null;
}

/** Some 20 ms on a usual machine, whatever the filter. */
const longestStretch = 10_000;
/** Texts are longer. */
const searchStretch = 2_000;
/** With more steps waiting, most of the newest tasks are theirs anyway. */
const mostUnfinished = 10_000;
/** Ids that begin with the same letters; they are random, so there are few. */
const mostOfPrefix = 1_000;
/** So many letters stand in no text by chance. */
const surePrefix = 8;

/** As the schema has it. */
export const revokedFault = 'CANCELLED';

const waiting: readonly TaskState[] = ['PENDING', 'RECEIVED', 'RETRY'];
const running: readonly TaskState[] = ['STARTED'];
const unfinished: readonly TaskState[] = [...waiting, ...running];
const unsuccessful: readonly TaskState[] = ['FAILURE', 'REVOKED'];
const only = (states: readonly TaskState[], among: readonly TaskState[]) =>
  states.length > 0 && states.every((state) => among.includes(state));

export async function taskSource(queries: Queries, criteria: TaskCriteria): Promise<TaskSource> {
  const { states, workflowId, error, words, idPrefix } = criteria;
  if (idPrefix !== undefined && idPrefix.length >= surePrefix && (await isBegun(queries, idPrefix))) {
    return prefixSource(idPrefix, criteria);
  }
  const { within, filters } = conditionsOf(criteria);
  const from = sql`task_result t`;
  if (workflowId !== undefined) {
    within.push(sql`t.workflow_id = ${workflowId}::int`);
    return { from, within, filters, stretch: longestStretch };
  }
  if (error === undefined && words.length === 0) {
    if (only(states, running))
      return { from: stepsThat(sql`status = 'RUNNING'`), within, filters, stretch: longestStretch };
    if (only(states, unfinished) && (await areFew(queries))) {
      const steps = only(states, waiting) ? sql`status = 'QUEUED'` : sql`status IN ('QUEUED', 'RUNNING')`;
      return { from: stepsThat(steps), within, filters, stretch: longestStretch };
    }
  }
  const stretch = words.length > 0 ? searchStretch : longestStretch;
  return { from, within, filters, stretch: filters.length > 0 ? stretch : null };
}

/** Tasks whose id begins with the letters that are searched for, whatever the words. */
export function prefixSource(idPrefix: string, criteria: TaskCriteria): TaskSource {
  const { within, filters } = conditionsOf({ ...criteria, words: [] });
  if (criteria.workflowId !== undefined) within.push(sql`t.workflow_id = ${criteria.workflowId}::int`);
  const from = sql`(SELECT * FROM task_result WHERE ${begins(idPrefix)} ORDER BY task_id LIMIT ${mostOfPrefix}::int) AS t`;
  return { from, within, filters, stretch: longestStretch };
}

function conditionsOf({ states, name, worker, since, until, error, words }: TaskCriteria) {
  const within: SQL[] = [];
  if (since) within.push(sql`t.created_at >= ${since}::timestamptz`);
  if (until) within.push(sql`t.created_at < ${until}::timestamptz`);
  const filters: SQL[] = [];
  const revoked = only(states, ['REVOKED']);
  if (error !== undefined) within.push(sql`t.fault = ${error}::text`);
  else if (revoked) within.push(sql`t.fault = ${revokedFault}::text`);
  else if (words.length > 0 || only(states, unsuccessful)) within.push(sql`t.fault IS NOT NULL`);
  // The index knows who was revoked; all else of the status only the row does.
  if (only(states, ['FAILURE'])) filters.push(sql`t.fault <> ${revokedFault}::text`);
  else if (states.length > 0 && !revoked) filters.push(sql`t.status = ANY(${list(states)}::text[])`);
  if (name !== undefined) filters.push(sql`t.name = ${name}::text`);
  if (worker !== undefined) filters.push(sql`t.worker = ${worker}::text`);
  filters.push(...words.map(said));
  return { within, filters };
}

/** The tasks of these steps: each is its step's last, as the others have ended. */
const stepsThat = (condition: SQL): SQL =>
  sql`(SELECT task_id FROM workflow_step WHERE ${condition}) AS u JOIN task_result t USING (task_id)`;

/**
 * In every collation the ids between a prefix and the prefix with letters behind it are those that begin with it and
 * few others, so the index of the key finds them.
 */
const begins = (prefix: string): SQL => sql`
  task_id >= ${prefix}::text AND task_id <= ${`${prefix}zzzz`}::text AND starts_with(task_id, ${prefix}::text)`;

async function isBegun(queries: Queries, prefix: string): Promise<boolean> {
  const rows = await queries.query(
    sql`SELECT 1 AS found FROM task_result WHERE ${begins(prefix)} ORDER BY task_id LIMIT 1`,
  );
  return rows.length > 0;
}

/** A word stands in the values of the error, its code, its traceback, or in what an error of its code says. */
const said = ({ text, codes }: TaskCriteria['words'][number]): SQL => sql`
  (t.fault = ANY(${list(codes)}::text[])
   OR strpos(lower(t.result::text || ' ' || coalesce(t.traceback, '')), lower(${text}::text)) > 0)`;

async function areFew(queries: Queries): Promise<boolean> {
  const [row] = await queries.query<{ count: number }>(
    sql`
      SELECT count(*)::int AS count
      FROM (SELECT FROM workflow_step WHERE status = 'QUEUED' LIMIT ${mostUnfinished + 1}::int) AS waiting`,
    'count-queued',
  );
  return (row?.count ?? 0) <= mostUnfinished;
}

export const allOf = (conditions: SQL[]): SQL =>
  conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;
