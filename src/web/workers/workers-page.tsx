/** Who works here: a row each, all of them together, and how it was over the last hour. */
import { Code, Skeleton, Stack, Switch, VisuallyHidden } from '@mantine/core';
import { IconServerOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { WorkerList } from '../../contract/operations.js';
import { workersHistoryQuery, workersQuery } from '../api/operations.js';
import { EmptyState } from '../design/empty-state.js';
import { ErrorNote } from '../design/error-note.js';
import { PageHead } from '../design/page-head.js';
import { useTexts, useTitle } from '../language/language.js';
import { useNow } from '../live/use-now.js';
import { Figures } from '../operations/figures.js';
import { Freshness } from '../operations/freshness.js';
import { Warnings } from '../operations/warnings.js';
import { orderWorkers } from './order.js';
import { WorkerCharts } from './worker-charts.js';
import { WorkerTable } from './worker-table.js';
import own from './workers.module.css';

const route = getRouteApi('/workers');

export function WorkersPage() {
  const { t } = useTexts();
  const words = t.operations.workers;
  useTitle(words.title);
  const query = useQuery(workersQuery);
  const { data, error } = query;
  return (
    <>
      <PageHead title={words.title} lead={words.lead} actions={<Freshness query={query} />} />
      {data ? (
        <Workers list={data} />
      ) : error ? (
        <ErrorNote title={words.failed} error={error} />
      ) : (
        <Stack gap="lg" aria-busy="true" aria-label={t.shell.loading}>
          <Skeleton height={72} radius="lg" />
          <Skeleton height={220} radius="lg" />
          <Skeleton height={280} radius="lg" />
        </Stack>
      )}
    </>
  );
}

function Workers({ list }: { list: WorkerList }) {
  const { t, fill, format } = useTexts();
  const words = t.operations.workers;
  const { offline = false } = route.useSearch();
  const navigate = route.useNavigate();
  const history = useQuery(workersHistoryQuery);
  const now = useNow(true);
  const { items, totals } = list;
  const gone = items.filter(({ status }) => status === 'offline').length;
  const shown = orderWorkers(offline ? items : items.filter(({ status }) => status !== 'offline'));
  return (
    <Stack gap="lg">
      <Warnings warnings={items.flatMap(({ warnings }) => warnings)} />
      <VisuallyHidden role="status">
        {totals.lost > 0 ? fill(words.lostCount, { count: totals.lost }) : ''}
      </VisuallyHidden>
      <Figures
        label={words.totals}
        figures={[
          {
            name: words.online,
            value: format.count(totals.online),
            ...(totals.lost > 0 ? { note: fill(words.lostCount, { count: totals.lost }) } : {}),
          },
          {
            name: words.active,
            value: format.count(totals.active),
            note: fill(words.ofSlots, { slots: totals.slots }),
          },
          { name: words.processed, value: format.count(totals.processed) },
          { name: words.failedTasks, value: format.count(totals.failed) },
          { name: words.retried, value: format.count(totals.retried) },
        ]}
      />
      {shown.length === 0 ? (
        <div className={own.frame}>
          <EmptyState icon={IconServerOff} title={words.none} text={words.noneHint}>
            <Code>zincir worker</Code>
          </EmptyState>
        </div>
      ) : (
        <div className={own.frame}>
          <WorkerTable workers={shown} all={items} now={now} />
        </div>
      )}
      {gone > 0 ? (
        <Switch
          size="sm"
          label={fill(words.showOffline, { count: gone })}
          checked={offline}
          data-testid="show-offline"
          onChange={(event) =>
            void navigate({ search: { offline: event.currentTarget.checked || undefined }, replace: true })
          }
        />
      ) : null}
      <WorkerCharts history={history.data?.items ?? []} />
    </Stack>
  );
}
