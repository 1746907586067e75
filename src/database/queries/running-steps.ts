import { type SQL, sql } from 'drizzle-orm';
import type { StepName } from '../../contract/entities.js';
import type { Fence } from '../../engine/ports.js';
import type { Queries } from '../driver.js';

type Running = Fence & { name: StepName; worker: string | null; failures: number };

const running = (condition: SQL): SQL => sql`
  SELECT id AS "stepId", attempt, name, worker, failures FROM workflow_step
  WHERE status = 'RUNNING' AND ${condition}`;

export const expiredSteps = (queries: Queries, now: Date, limit: number): Promise<Running[]> =>
  queries.query(sql`${running(sql`lease_until < ${now}::timestamptz`)} ORDER BY lease_until LIMIT ${limit}::int`);

export const stepsHeldBy = (queries: Queries, worker: string): Promise<Running[]> =>
  queries.query(sql`${running(sql`worker = ${worker}::text`)} ORDER BY id`);
