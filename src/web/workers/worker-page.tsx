/** One worker: what it is, does and did, what was asked of it and what it said. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { WorkerDetails } from '../../contract/operations.js';
import { workerQuery, workersQuery } from '../api/operations.js';
import { ErrorNote } from '../design/error-note.js';
import { Panel } from '../design/panel.js';
import { WorkerBadge } from '../design/status-badge.js';
import { useTexts, useTitle } from '../language/language.js';
import { useNow } from '../live/use-now.js';
import { DetailsHead } from '../operations/details-head.js';
import { DetailsLoading } from '../operations/details-loading.js';
import { Figures } from '../operations/figures.js';
import { Freshness } from '../operations/freshness.js';
import { TaskTable } from '../operations/task-table.js';
import { Warnings } from '../operations/warnings.js';
import { CommandsPanel } from './commands-panel.js';
import { queuesLeftAlone } from './order.js';
import { WorkerCharts } from './worker-charts.js';
import { WorkerControls } from './worker-controls.js';
import { HeartbeatCell, LoadCell, MemoryCell } from './worker-parts.js';

const route = getRouteApi('/workers/$name');

export function WorkerPage() {
  const { t, fill } = useTexts();
  const words = t.operations.workers;
  const { name } = route.useParams();
  const query = useQuery(workerQuery(name));
  const others = useQuery(workersQuery);
  const { data, error } = query;
  useTitle(name);
  return (
    <>
      <DetailsHead
        back={{ to: '/workers', text: words.all }}
        title={name}
        mono
        signs={
          <>
            <span role="status">
              {data ? <WorkerBadge status={data.status} size="lg" data-testid="worker-status" /> : null}
            </span>
            <Freshness query={query} />
          </>
        }
        actions={
          data ? (
            <WorkerControls as="buttons" worker={data} leftAlone={queuesLeftAlone(data, others.data?.items ?? [])} />
          ) : null
        }
      />
      {data ? (
        <Details worker={data} />
      ) : error ? (
        <ErrorNote title={fill(words.notFound, { name })} error={error}>
          <Button variant="default" size="xs" renderRoot={(props) => <Link to="/workers" {...props} />}>
            {words.all}
          </Button>
        </ErrorNote>
      ) : (
        <DetailsLoading />
      )}
    </>
  );
}

function Details({ worker }: { worker: WorkerDetails }) {
  const { t, fill, format } = useTexts();
  const words = t.operations.workers;
  const now = useNow(worker.status !== 'offline');
  return (
    <Stack gap="lg">
      <Warnings warnings={worker.warnings} />
      <div style={{ display: 'grid', gap: '0.75rem' }}>
        <Figures
          label={words.figures}
          figures={[
            {
              name: words.active,
              value: format.count(worker.active.length),
              note: fill(words.ofSlots, { slots: worker.slots }),
            },
            { name: words.processed, value: format.count(worker.processed) },
            { name: words.failedTasks, value: format.count(worker.failed) },
            { name: words.retried, value: format.count(worker.retried) },
          ]}
        />
        <Figures
          label={words.figures}
          small
          figures={[
            { name: words.columns.heartbeat, value: <HeartbeatCell worker={worker} now={now} /> },
            { name: words.columns.load, value: <LoadCell worker={worker} /> },
            { name: words.columns.memory, value: <MemoryCell worker={worker} /> },
            { name: words.host, value: worker.host, note: fill(words.process, { pid: worker.pid }) },
            { name: words.version, value: worker.version },
            { name: words.queues, value: <Queues queues={worker.queues} /> },
            { name: words.started, value: format.moment(worker.startedAt) },
            ...(worker.stoppedAt === null ? [] : [{ name: words.stopped, value: format.moment(worker.stoppedAt) }]),
          ]}
        />
      </div>
      {worker.active.length === 0 ? null : (
        <Panel title={words.running} flush>
          <TaskTable label={words.running} items={worker.active} now={now} withoutWorker />
        </Panel>
      )}
      <WorkerCharts history={worker.history} />
      <CommandsPanel commands={worker.commands} />
      <Panel
        title={words.recentTasks}
        flush={worker.recentTasks.length > 0}
        aside={
          <Button
            variant="default"
            size="xs"
            renderRoot={(props) => <Link to="/tasks" search={{ worker: worker.name }} {...props} />}
          >
            {words.allTasks}
          </Button>
        }
      >
        {worker.recentTasks.length === 0 ? (
          <Text size="sm" c="dimmed">
            {words.noTasks}
          </Text>
        ) : (
          <TaskTable label={words.recentTasks} items={worker.recentTasks} now={now} withoutWorker />
        )}
      </Panel>
    </Stack>
  );
}

function Queues({ queues }: { queues: readonly string[] }) {
  return (
    <Group gap="0 0.5rem" component="span">
      {queues.map((name) => (
        <Link key={name} to="/queue/$name" params={{ name }} className="z-mono">
          {name}
        </Link>
      ))}
    </Group>
  );
}
