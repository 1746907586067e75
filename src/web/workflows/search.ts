/** What the address of the list says: filters, order and place. Values that the API would refuse are left out. */
import { WorkflowSort, type WorkflowSortKey } from '../../contract/api.js';
import { WorkflowStatus } from '../../contract/entities.js';
import { ModelCode } from '../../contract/models.js';
import { knownValues, textOf } from '../design/search-values.js';

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
    model: knownValues(search.model, ModelCode),
    status: knownValues(search.status, WorkflowStatus),
    search: textOf(search.search),
    sort: sort.success ? shownSort(sort.data) : undefined,
    cursor: textOf(search.cursor),
  };
}

/** Ids grow with time, so the order of creation is that of the ids; the default stays out of the address. */
function shownSort(sort: NonNullable<ListSearch['sort']>): ListSearch['sort'] {
  if (sort === defaultSort || sort === '-createdAt') return undefined;
  return sort === 'createdAt' ? 'id' : sort;
}
