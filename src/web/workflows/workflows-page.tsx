/** All workflows: filtered, ordered and paged by the server, with the state in the address. */
import { Button, Group, Skeleton, Stack } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconFilterOff, IconLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { WorkflowList } from '../../contract/api.js';
import { workflowsQuery } from '../api/queries.js';
import { EmptyState } from '../design/empty-state.js';
import { PageHead } from '../design/page-head.js';
import { ListFrame, PagedList } from '../design/paged-list.js';
import { useTexts, useTitle } from '../language/language.js';
import { FilterBar } from './filter-bar.js';
import type { ListSearch } from './search.js';
import { WorkflowCards } from './workflow-cards.js';
import { WorkflowTable } from './workflow-table.js';

const route = getRouteApi('/workflows');
const pageSize = 25;
const refreshMs = 2000;

export function WorkflowsPage() {
  const { t, fill } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  useTitle(t.list.title);
  const query = useQuery({
    ...workflowsQuery({ ...search, limit: pageSize }),
    // While the server is away the next asking is the retry.
    retry: false,
    refetchInterval: ({ state }) => (isMoving(state) ? refreshMs : false),
  });
  const { data } = query;
  const filtered = Boolean(search.model ?? search.status ?? search.search);
  const change = (next: ListSearch) => void navigate({ search: { ...next, cursor: undefined }, replace: true });
  return (
    <>
      <PageHead
        title={t.list.title}
        lead={data ? fill(filtered ? t.list.leadFiltered : t.list.lead, { count: data.total }) : undefined}
        actions={<Button renderRoot={(props) => <Link to="/" {...props} />}>{t.shell.newWorkflow}</Button>}
      />
      <Stack gap="md">
        {filtered || (data?.total ?? 1) > 0 ? <FilterBar search={search} onChange={change} /> : null}
        <PagedList
          query={query}
          failed={t.list.failed}
          waiting={<ListSkeleton />}
          cursor={search.cursor}
          pageSize={pageSize}
          onPage={(cursor, earlierCursors) =>
            void navigate({ search: { ...search, cursor }, state: { earlierCursors } })
          }
        >
          {(list) => (
            <ListFrame stale={query.isPlaceholderData}>
              <Items list={list} filtered={filtered} search={search} onChange={change} />
            </ListFrame>
          )}
        </PagedList>
      </Stack>
    </>
  );
}

/** Something runs, or the server has not answered. */
const isMoving = ({ data, error }: { data: WorkflowList | undefined; error: unknown }): boolean =>
  error !== null || data?.items.some(({ status }) => status === 'RUNNING') === true;

interface ItemsProps {
  list: WorkflowList;
  filtered: boolean;
  search: ListSearch;
  onChange: (search: ListSearch) => void;
}

function Items({ list, filtered, search, onChange }: ItemsProps) {
  const { t } = useTexts();
  const narrow = useMediaQuery('(max-width: 76em)', undefined, { getInitialValueInEffect: false });
  if (list.items.length === 0 && filtered) {
    return (
      <EmptyState icon={IconFilterOff} title={t.list.noMatch} text={t.list.noMatchHint}>
        <Button variant="default" onClick={() => onChange({ sort: search.sort })}>
          {t.list.clear}
        </Button>
      </EmptyState>
    );
  }
  if (list.items.length === 0) {
    return (
      <EmptyState icon={IconLink} title={t.list.empty} text={t.list.emptyHint}>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>{t.shell.newWorkflow}</Button>
      </EmptyState>
    );
  }
  if (narrow) return <WorkflowCards items={list.items} />;
  return <WorkflowTable items={list.items} sort={search.sort} onSort={(sort) => onChange({ ...search, sort })} />;
}

function ListSkeleton() {
  const { t } = useTexts();
  return (
    <ListFrame stale={false}>
      <Group p="md" aria-busy="true" aria-label={t.shell.loading}>
        {[1, 2, 3, 4, 5].map((row) => (
          <Skeleton key={row} height={40} />
        ))}
      </Group>
    </ListFrame>
  );
}
