/** All queues at a glance, and what went through them last. */
import { Button, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { QueueOverview } from '../../contract/operations.js';
import { queuesQuery } from '../api/operations.js';
import { ErrorNote } from '../design/error-note.js';
import { PageHead } from '../design/page-head.js';
import { Panel } from '../design/panel.js';
import { useTexts, useTitle } from '../language/language.js';
import { useNow } from '../live/use-now.js';
import { Freshness } from '../operations/freshness.js';
import { TaskTable } from '../operations/task-table.js';
import { Warnings } from '../operations/warnings.js';
import classes from './queue.module.css';
import { isAnswerQueue } from './queue-about.js';
import { QueueCard } from './queue-card.js';
import { RecentWorkflows } from './recent-workflows.js';
import { SampleNote } from './sample-note.js';

export function QueuePage() {
  const { t } = useTexts();
  const { queue } = t.operations;
  const query = useQuery(queuesQuery);
  const { data, error } = query;
  useTitle(queue.title);
  return (
    <>
      <PageHead title={queue.title} lead={queue.lead} actions={<Freshness query={query} />} />
      {data ? <Overview overview={data} /> : error ? <ErrorNote title={queue.failed} error={error} /> : <Waiting />}
    </>
  );
}

function Overview({ overview }: { overview: QueueOverview }) {
  const { t, fill } = useTexts();
  const { queue } = t.operations;
  const { queues, recentTasks, recentWorkflows } = overview;
  const answers = queues.filter(isAnswerQueue);
  const now = useNow(recentTasks.some(({ status }) => status === 'STARTED'));
  return (
    <Stack gap="lg">
      <Warnings warnings={[...overview.warnings, ...queues.flatMap(({ warnings }) => warnings)]} />
      <div>
        <Cards queues={queues.filter((state) => !isAnswerQueue(state))} />
        <SampleNote {...overview} detail={overview.broker.detail} />
        {answers.length === 0 ? null : (
          <details className={classes.answers} data-testid="answer-queues">
            <summary>{fill(queue.answers, { count: answers.length })}</summary>
            <Cards queues={answers} />
          </details>
        )}
      </div>
      <Panel
        title={queue.lastTasks}
        flush
        aside={
          <Button variant="default" size="xs" renderRoot={(props) => <Link to="/tasks" {...props} />}>
            {queue.allTasks}
          </Button>
        }
      >
        {recentTasks.length === 0 ? (
          <Text size="sm" c="dimmed" px={20} pb={16}>
            {queue.noTasks}
          </Text>
        ) : (
          <TaskTable label={queue.lastTasks} items={recentTasks} now={now} />
        )}
      </Panel>
      <Panel title={queue.lastWorkflows} flush>
        <RecentWorkflows workflows={recentWorkflows} />
      </Panel>
    </Stack>
  );
}

function Cards({ queues }: Pick<QueueOverview, 'queues'>) {
  return (
    <div className={classes.cards} style={inRows(queues.length)}>
      {queues.map((state) => (
        <QueueCard key={state.name} queue={state} />
      ))}
    </div>
  );
}

/** Cards side by side: up to five in one row, more in two. */
const inRows = (cards: number): Record<`--${string}`, number> => ({
  '--cards': cards <= 5 ? Math.max(1, cards) : Math.ceil(cards / 2),
});

function Waiting() {
  const { t } = useTexts();
  return (
    <Stack gap="lg" aria-busy="true" aria-label={t.shell.loading}>
      <div className={classes.cards} style={inRows(5)}>
        {[1, 2, 3, 4, 5].map((card) => (
          <Skeleton key={card} height={196} radius="lg" />
        ))}
      </div>
      <Skeleton height={360} radius="lg" />
    </Stack>
  );
}
