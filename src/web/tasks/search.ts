/** What the address of the tasks says: filters and place. Values that the API would refuse are left out. */
import { z } from 'zod';
import { TaskStatus } from '../../contract/operations.js';
import type { TaskFilters } from '../api/operations.js';
import { knownValues, textOf } from '../design/search-values.js';

/** Spans until now; in the address they stay spans, so that a kept link stays about the last hour. */
export const periods = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
export type Period = keyof typeof periods;

/** The span or time since when is kept as it was chosen. */
export interface TasksSearch extends TaskFilters {
  cursor?: string | undefined;
}

const Time = z.iso.datetime({ offset: true });
const WorkflowId = z.coerce.number().int().positive().max(2_147_483_647);

export function readTasksSearch(search: Record<string, unknown>): TasksSearch {
  const workflow = WorkflowId.safeParse(search.workflow);
  const since = textOf(search.since);
  return {
    state: knownValues(search.state, TaskStatus),
    name: textOf(search.name),
    worker: textOf(search.worker),
    workflow: workflow.success ? workflow.data : undefined,
    since: isPeriod(since) ? since : timeOf(since),
    until: timeOf(textOf(search.until)),
    error: textOf(search.error),
    search: textOf(search.search)?.slice(0, 200),
    cursor: textOf(search.cursor),
  };
}

export const isPeriod = (since: string | undefined): since is Period =>
  since !== undefined && Object.hasOwn(periods, since);

const timeOf = (text: string | undefined): string | undefined => (Time.safeParse(text).success ? text : undefined);

/**
 * The filters as the API takes them. A span becomes the time at which it began, in whole minutes, so that asking
 * every two seconds is not each time another question.
 */
export function filtersOf({ cursor: _, since, ...others }: TasksSearch, now: number): TaskFilters {
  if (!isPeriod(since)) return { ...others, since };
  const minute = 60_000;
  return { ...others, since: new Date(Math.floor((now - periods[since]) / minute) * minute).toISOString() };
}

/** How many filters are set, of those that are not seen as such in the bar. */
export const furtherFilters = ({ name, worker, workflow, since, until, error }: TasksSearch): number =>
  [name, worker, workflow, isPeriod(since) ? undefined : since, until, error].filter((value) => value !== undefined)
    .length;

export const isFiltered = ({ cursor: _, ...filters }: TasksSearch): boolean =>
  Object.values(filters).some((value) => value !== undefined);
