/** All tasks: filtered and paged by the server, with the state in the address; failures grouped by their error. */
import { Button, Skeleton, Stack } from '@mantine/core';
import { IconFilterOff, IconListCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { TaskList } from '../../contract/operations.js';
import { type TaskFilters, taskErrorsQuery, tasksQuery } from '../api/operations.js';
import { EmptyState } from '../design/empty-state.js';
import { PageHead } from '../design/page-head.js';
import { ListFrame, PagedList } from '../design/paged-list.js';
import { useTexts, useTitle } from '../language/language.js';
import { useNow } from '../live/use-now.js';
import { Freshness } from '../operations/freshness.js';
import { TaskTable } from '../operations/task-table.js';
import { useMayOperate } from '../session/use-may-operate.js';
import { ActiveFilters } from './active-filters.js';
import { ErrorsPanel } from './errors-panel.js';
import { filtersOf, isFiltered, readTasksSearch, type TasksSearch } from './search.js';
import { SelectionBar } from './selection-bar.js';
import { TaskFilterBar } from './task-filter-bar.js';
import { useSelection } from './use-selection.js';

const route = getRouteApi('/tasks');
const pageSize = 50;

export function TasksPage() {
  const { t, fill } = useTexts();
  const words = t.operations.tasks;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  useTitle(words.title);
  const filters = filtersOf(search, Date.now());
  const [held, setHeld] = useState(false);
  const listQuery = tasksQuery({ ...filters, cursor: search.cursor, limit: pageSize });
  // Rows do not move away from under the pointer while some are chosen.
  const query = useQuery(held ? { ...listQuery, refetchInterval: false } : listQuery);
  // The groups stay when one of them is chosen, so that another can be chosen.
  const errors = useQuery(taskErrorsQuery({ ...filters, error: undefined }));
  const { data } = query;
  const change = (next: TasksSearch) => void navigate({ search: { ...next, cursor: undefined }, replace: true });
  const count = data?.totalAtLeast === true ? words.leadAtLeast : isFiltered(search) ? words.leadFiltered : words.lead;
  return (
    <>
      <PageHead
        title={words.title}
        lead={data ? fill(count, { count: data.total }) : '\u00a0'}
        actions={<Freshness query={query} held={held ? words.held : undefined} />}
      />
      <Stack gap="md">
        <TaskFilterBar search={search} onChange={change} />
        <ActiveFilters search={search} onChange={change} />
        <ErrorsPanel groups={errors.data?.items ?? []} search={search} onChange={change} />
        <PagedList
          query={query}
          failed={words.failed}
          quiet
          waiting={<Skeleton height={480} radius="lg" aria-busy="true" aria-label={t.shell.loading} />}
          cursor={search.cursor}
          pageSize={pageSize}
          onPage={(cursor, earlierCursors) =>
            void navigate({ search: { ...search, cursor }, state: { earlierCursors } })
          }
        >
          {(list) => (
            <Items
              key={JSON.stringify([readTasksSearch({ ...search }), search.cursor])}
              list={list}
              search={search}
              filters={filters}
              stale={query.isPlaceholderData}
              onChange={change}
              onHold={setHeld}
            />
          )}
        </PagedList>
      </Stack>
    </>
  );
}

interface ItemsProps {
  list: TaskList;
  search: TasksSearch;
  filters: TaskFilters;
  /** The list is that of the filters before. */
  stale: boolean;
  onChange: (search: TasksSearch) => void;
  /** Whether the list is to stand still. */
  onHold: (held: boolean) => void;
}

function Items({ list, search, filters, stale, onChange, onHold }: ItemsProps) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  const { items } = list;
  const now = useNow(items.some(({ status }) => status === 'STARTED'));
  const { selection, chosen, clear } = useSelection(items);
  const mayOperate = useMayOperate();
  const hold = chosen.length > 0;
  useEffect(() => {
    onHold(hold);
    return () => onHold(false);
  }, [hold, onHold]);
  return (
    <>
      {items.length === 0 ? (
        <NoItems search={search} onChange={onChange} />
      ) : (
        <ListFrame stale={stale}>
          <TaskTable label={words.table} items={items} now={now} selection={mayOperate ? selection : undefined} />
        </ListFrame>
      )}
      {/* Stays when the last task has left the list, for it still tells what came of it. */}
      <SelectionBar chosen={chosen} list={list} filters={filters} onClear={clear} />
    </>
  );
}

function NoItems({ search, onChange }: Pick<ItemsProps, 'search' | 'onChange'>) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  if (isFiltered(search)) {
    return (
      <EmptyState icon={IconFilterOff} title={words.noMatch} text={t.list.noMatchHint}>
        <Button variant="default" onClick={() => onChange({})}>
          {t.list.clear}
        </Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={IconListCheck} title={words.empty} text={words.emptyHint}>
      <Button renderRoot={(props) => <Link to="/" {...props} />}>{t.shell.newWorkflow}</Button>
    </EmptyState>
  );
}
