/**
 * How many workflows there are of each status and model, and on each dataset. Counting goes through all of them, so in
 * a large archive it is done every now and then, not for every page.
 */
import { sql } from 'drizzle-orm';
import type { Queries } from './driver.js';

/** Up to so many rows every count is exact; of more, it may be `maxAgeMs` old. */
const exactUpTo = 10_000;
const maxAgeMs = 2_000;

export interface WorkflowCounts {
  /** An empty list stands for any. */
  count(statuses: readonly string[], models: readonly string[]): Promise<number>;
  /** By the dataset's id; one that has none is left out. */
  ofDatasets(): Promise<ReadonlyMap<number, number>>;
}

interface Group {
  status: string;
  model: string;
  count: number;
}

interface OfDataset {
  id: number;
  count: number;
}

export function createWorkflowCounts(queries: Queries): WorkflowCounts {
  const groups = createRecount(() =>
    queries.query<Group>(
      sql`SELECT status, model, count(*)::int AS count FROM workflow GROUP BY status, model`,
      'count-workflows',
    ),
  );
  const datasets = createRecount(() =>
    queries.query<OfDataset>(
      sql`SELECT dataset_id AS id, count(*)::int AS count FROM workflow GROUP BY dataset_id`,
      'count-workflows-of-datasets',
    ),
  );
  return {
    async count(statuses, models) {
      const chosen = (list: readonly string[], value: string) => list.length === 0 || list.includes(value);
      const found = await groups();
      return sum(found.filter(({ status, model }) => chosen(statuses, status) && chosen(models, model)));
    },
    async ofDatasets() {
      return new Map((await datasets()).map(({ id, count }) => [id, count]));
    },
  };
}

/** Counts anew at every call while there is little to count, then in the background. */
function createRecount<Counted extends { count: number }>(read: () => Promise<Counted[]>): () => Promise<Counted[]> {
  let latest: { counted: Counted[]; total: number; at: number } | null = null;
  let counting: Promise<Counted[]> | null = null;

  const countNow = async (): Promise<Counted[]> => {
    const at = performance.now();
    const counted = await read();
    latest = { counted, total: sum(counted), at };
    return counted;
  };
  const recount = (): Promise<Counted[]> => {
    counting ??= countNow().finally(() => {
      counting = null;
    });
    return counting;
  };
  return async () => {
    // A count that began before the caller asked may miss what the caller has just written.
    if (latest === null || latest.total <= exactUpTo) return countNow();
    if (performance.now() - latest.at > maxAgeMs) recount().catch(() => {});
    return latest.counted;
  };
}

const sum = (counted: readonly { count: number }[]): number => counted.reduce((total, { count }) => total + count, 0);
