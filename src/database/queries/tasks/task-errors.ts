/** Failed tasks, by the code of what they failed with. */
import { type SQL, sql } from 'drizzle-orm';
import type { StoredError } from '../../../contract/entities.js';
import type { TaskCriteria, TaskErrors } from '../../../engine/operations/task-ports.js';
import { list, type Queries } from '../../driver.js';
import { allOf, revokedFault, type TaskSource, taskSource } from './task-source.js';

/** More failures of one code than this are only said to be more. */
const mostCounted = 10_000;

interface Group {
  count: number;
  atLeast: boolean;
  firstId: string;
  lastId: string;
}

interface Ended {
  taskId: string;
  error: StoredError;
  at: Date;
}

export async function taskErrors(queries: Queries, criteria: TaskCriteria): Promise<TaskErrors[]> {
  const { name, worker, workflowId, words } = criteria;
  const byCode = name === undefined && worker === undefined && workflowId === undefined && words.length === 0;
  const groups = byCode
    ? await groupsByIndex(queries, criteria)
    : await groupsOfStretch(queries, await taskSource(queries, { ...criteria, states: ['FAILURE'] }));
  const ids = groups.flatMap(({ firstId, lastId }) => [firstId, lastId]);
  const ended = await queries.query<Ended>(
    sql`
      SELECT task_id AS "taskId", result AS error, coalesce(completed_at, created_at) AS at
      FROM task_result WHERE task_id = ANY(${list(ids)}::text[])`,
    'ended-tasks',
  );
  const byId = new Map(ended.map((row) => [row.taskId, row]));
  return groups.flatMap(({ count, atLeast, firstId, lastId }) => {
    const [first, last] = [byId.get(firstId), byId.get(lastId)];
    if (first === undefined || last === undefined) return [];
    const { error, at: lastAt } = last;
    return [{ error, count, countAtLeast: atLeast, firstAt: first.at, lastAt, lastTaskId: lastId }];
  });
}

/** The codes one after the other, and of each the first, the last and as many as are counted: no row is read. */
function groupsByIndex(queries: Queries, { error, since, until }: TaskCriteria): Promise<Group[]> {
  const ofCode = [sql`t.fault = codes.fault`];
  if (since) ofCode.push(sql`t.created_at >= ${since}::timestamptz`);
  if (until) ofCode.push(sql`t.created_at < ${until}::timestamptz`);
  const chosen = error === undefined ? sql`true` : sql`codes.fault = ${error}::text`;
  const end = (order: SQL) => sql`
    (SELECT t.task_id FROM task_result t ${allOf(ofCode)} ORDER BY ${order} LIMIT 1)`;
  return queries.query<Group>(sql`
    WITH RECURSIVE codes AS (
      SELECT min(fault) AS fault FROM task_result WHERE fault IS NOT NULL
      UNION ALL
      SELECT (SELECT min(t.fault) FROM task_result t WHERE t.fault > codes.fault) FROM codes WHERE codes.fault IS NOT NULL
    )
    SELECT least(counted.count, ${mostCounted}::int) AS count, counted.count > ${mostCounted}::int AS "atLeast",
           first.task_id AS "firstId", last.task_id AS "lastId"
    FROM codes
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count
      FROM (SELECT FROM task_result t ${allOf(ofCode)} LIMIT ${mostCounted + 1}::int) AS matching
    ) AS counted
    CROSS JOIN LATERAL ${end(sql`t.created_at, t.task_id`)} AS first
    CROSS JOIN LATERAL ${end(sql`t.created_at DESC, t.task_id DESC`)} AS last
    WHERE codes.fault <> ${revokedFault}::text AND ${chosen}
    ORDER BY 1 DESC, codes.fault`);
}

/** Among the newest that may match: where these are all that one may look at, there may be more of each. */
function groupsOfStretch(queries: Queries, { from, within, filters, stretch }: TaskSource): Promise<Group[]> {
  const newest = sql`ORDER BY t.created_at DESC, t.task_id DESC`;
  const matches = sql.join([sql`t.fault <> ${revokedFault}::text`, ...filters], sql` AND `);
  return queries.query<Group>(sql`
    WITH looked AS MATERIALIZED (
      SELECT row_number() OVER (${newest}) AS nth, t.fault, t.task_id, ${matches} AS matches
      FROM ${from} ${allOf(within)} ${newest} LIMIT ${stretch}::int
    ),
    groups AS (
      SELECT fault, count(*)::int AS count, min(nth) AS newest, max(nth) AS oldest FROM looked WHERE matches GROUP BY fault
    )
    SELECT count, EXISTS (SELECT FROM looked WHERE nth = ${stretch}::int) AS "atLeast",
           first.task_id AS "firstId", last.task_id AS "lastId"
    FROM groups JOIN looked first ON first.nth = groups.oldest JOIN looked last ON last.nth = groups.newest
    ORDER BY count DESC, groups.fault`);
}
