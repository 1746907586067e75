/** What the address of the list says: filters, order and place. Values that the API would refuse are left out. */
import { WorkflowSort, type WorkflowSortKey } from '../../contract/api.js';
import { WorkflowStatus } from '../../contract/entities.js';
import { ModelCode } from '../../contract/models.js';

export interface ListSearch {
  /** Codes with commas between, as the API takes them. */
  model?: string | undefined;
  status?: string | undefined;
  search?: string | undefined;
  sort?: WorkflowSortKey | `-${WorkflowSortKey}` | undefined;
  cursor?: string | undefined;
}

export const defaultSort = '-id';

export function readListSearch(search: Record<string, unknown>): ListSearch {
  const sort = WorkflowSort.safeParse(search.sort);
  return {
    model: known(search.model, (text) => ModelCode.safeParse(text).success),
    status: known(search.status, (text) => WorkflowStatus.safeParse(text).success),
    search: text(search.search),
    sort: sort.success ? shownSort(sort.data) : undefined,
    cursor: text(search.cursor),
  };
}

/** Ids grow with time, so the order of creation is that of the ids; the default stays out of the address. */
function shownSort(sort: NonNullable<ListSearch['sort']>): ListSearch['sort'] {
  if (sort === defaultSort || sort === '-createdAt') return undefined;
  return sort === 'createdAt' ? 'id' : sort;
}

/** The values of a filter as a list. */
export const valuesOf = (filter: string | undefined): string[] =>
  (filter ?? '').split(',').filter((part) => part !== '');

/** A list as a filter; none chosen is no filter. */
export const filterOf = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : values.join(',');

function known(value: unknown, accepts: (text: string) => boolean): string | undefined {
  return filterOf(valuesOf(text(value)).filter(accepts));
}

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
