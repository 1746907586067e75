/** Tasks that ended long ago go; their workflows, logs and results stay (docs/decisions). */
import { sql } from 'drizzle-orm';
import { type Queries, unhurried } from '../../driver.js';

const batch = 1_000;
/** A run of the housekeeping ends, however much there is. */
const mostBatches = 200;

/** @returns how many went */
export async function purgeTasks(queries: Queries, before: Date): Promise<number> {
  let gone = 0;
  for (let i = 0; i < mostBatches; i++) {
    const [row] = await queries.query<{ count: number }>(
      sql`
        WITH old AS (
          SELECT task_id FROM task_result
          WHERE created_at < ${before}::timestamptz AND completed_at < ${before}::timestamptz
          ORDER BY created_at LIMIT ${batch}::int FOR UPDATE SKIP LOCKED
        ),
        gone AS (DELETE FROM task_result t USING old WHERE t.task_id = old.task_id RETURNING t.task_id, ${unhurried})
        SELECT count(*)::int AS count FROM gone`,
      'purge-tasks',
    );
    gone += row?.count ?? 0;
    if ((row?.count ?? 0) < batch) break;
  }
  return gone;
}
