import { sql } from 'drizzle-orm';
import type { Queries } from './driver.js';

/**
 * What this user still needs, in the words of GRANT: `CREATE ON SCHEMA public`. Tables are made in the first schema of
 * the search path; those that are there may belong to somebody else.
 */
export async function missingRights(query: Queries['query']): Promise<string[]> {
  const rows = await query<{ missing: string }>(sql`
    WITH place AS (SELECT coalesce(current_schema(), 'public') AS name)
    SELECT wanted || ' ON SCHEMA ' || quote_ident(name) AS missing
    FROM place, unnest(ARRAY['USAGE', 'CREATE']) AS wanted
    WHERE NOT has_schema_privilege(name, wanted)
    UNION ALL
    SELECT string_agg(wanted, ', ' ORDER BY wanted) || ' ON ' || c.oid::regclass
    FROM place
    JOIN pg_class c ON c.relnamespace = to_regnamespace(quote_ident(place.name))
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS wanted
    WHERE c.relkind = 'r' AND NOT has_table_privilege(c.oid, wanted)
      AND c.relname IN ('dataset', 'workflow', 'workflow_step', 'workflow_file', 'training_metric', 'training_result',
                        'task_result', 'workflow_log', 'outbox', 'worker', 'zincir_migration')
    GROUP BY c.oid`);
  return rows.map(({ missing }) => missing);
}
