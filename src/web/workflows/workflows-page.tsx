/** All workflows: filtered, ordered and paged by the server, with the state in the address. */
import { Button, Group, Skeleton, Stack } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconFilterOff, IconLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { WorkflowList } from '../../contract/api.js';
import { workflowsQuery } from '../api/queries.js';
import { EmptyState } from '../design/empty-state.js';
import { ErrorNote } from '../design/error-note.js';
import { PageHead } from '../design/page-head.js';
import { useTexts, useTitle } from '../language/language.js';
import { CursorPager } from './cursor-pager.js';
import { FilterBar } from './filter-bar.js';
import type { ListSearch } from './search.js';
import { WorkflowCards } from './workflow-cards.js';
import { WorkflowTable } from './workflow-table.js';
import classes from './workflows.module.css';

const route = getRouteApi('/workflows');
const pageSize = 25;
const refreshMs = 2000;

export function WorkflowsPage() {
  const { t, fill } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  useTitle(t.list.title);
  const { data, error, isPlaceholderData, refetch } = useQuery({
    ...workflowsQuery({ ...search, limit: pageSize }),
    refetchInterval: ({ state }) => (state.data?.items.some(({ status }) => status === 'RUNNING') ? refreshMs : false),
  });
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
        {error ? (
          <ErrorNote title={t.list.failed} error={error}>
            <Button variant="default" size="xs" onClick={() => void refetch()}>
              {t.common.tryAgain}
            </Button>
          </ErrorNote>
        ) : null}
        {!data && !error ? <ListSkeleton /> : null}
        {data ? (
          <div className={classes.frame} data-stale={isPlaceholderData}>
            <Items list={data} filtered={filtered} search={search} onChange={change} />
          </div>
        ) : null}
        {data && data.total > 0 ? <CursorPager search={search} list={data} pageSize={pageSize} /> : null}
      </Stack>
    </>
  );
}

interface ItemsProps {
  list: WorkflowList;
  filtered: boolean;
  search: ListSearch;
  onChange: (search: ListSearch) => void;
}

function Items({ list, filtered, search, onChange }: ItemsProps) {
  const { t } = useTexts();
  const narrow = useMediaQuery('(max-width: 62em)');
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
    <Group className={classes.frame} p="md" aria-busy="true" aria-label={t.shell.loading}>
      {[1, 2, 3, 4, 5].map((row) => (
        <Skeleton key={row} height={40} />
      ))}
    </Group>
  );
}
