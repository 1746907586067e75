/**
 * How many workflows there are of each status and model. Counting goes through all of them, so in a large archive it
 * is done every now and then, not for every page.
 */
import { sql } from 'drizzle-orm';
import type { Queries } from './driver.js';

/** Up to so many rows every count is exact; of more, it may be `maxAgeMs` old. */
const exactUpTo = 10_000;
const maxAgeMs = 2_000;

export interface WorkflowCounts {
  /** An empty list stands for any. */
  count(statuses: readonly string[], models: readonly string[]): Promise<number>;
}

interface Group {
  status: string;
  model: string;
  count: number;
}

interface Counted {
  groups: Group[];
  total: number;
  at: number;
}

export function createWorkflowCounts(queries: Queries): WorkflowCounts {
  let latest: Counted | null = null;
  let counting: Promise<Counted> | null = null;

  const countNow = async (): Promise<Counted> => {
    const at = performance.now();
    const groups = await queries.query<Group>(
      sql`SELECT status, model, count(*)::int AS count FROM workflow GROUP BY status, model`,
      'count-workflows',
    );
    latest = { groups, total: sum(groups), at };
    return latest;
  };
  const recount = (): Promise<Counted> => {
    counting ??= countNow().finally(() => {
      counting = null;
    });
    return counting;
  };
  const current = async (): Promise<Counted> => {
    // A count that began before the caller asked may miss what the caller has just written.
    if (latest === null || latest.total <= exactUpTo) return countNow();
    if (performance.now() - latest.at > maxAgeMs) recount().catch(() => {});
    return latest;
  };

  return {
    async count(statuses, models) {
      const { groups } = await current();
      const chosen = (list: readonly string[], value: string) => list.length === 0 || list.includes(value);
      return sum(groups.filter(({ status, model }) => chosen(statuses, status) && chosen(models, model)));
    },
  };
}

const sum = (groups: readonly Group[]): number => groups.reduce((total, { count }) => total + count, 0);
