/** One task: what it was given, what became of it, which worker tried it when, and what it said. */
import { Button, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Task } from '../../contract/operations.js';
import { taskQuery } from '../api/operations.js';
import { ErrorNote, StoredErrorNote } from '../design/error-note.js';
import { Panel } from '../design/panel.js';
import { TaskBadge } from '../design/status-badge.js';
import { useTexts, useTitle } from '../language/language.js';
import { useNow } from '../live/use-now.js';
import { LogPanel } from '../monitor/log-panel.js';
import { CodeBlock } from '../operations/code-block.js';
import { DetailsHead } from '../operations/details-head.js';
import { DetailsLoading } from '../operations/details-loading.js';
import { Freshness } from '../operations/freshness.js';
import { AttemptsPanel } from './attempts-panel.js';
import { CopiedId } from './copied-id.js';
import { TaskActions } from './task-actions.js';
import { TaskFacts } from './task-facts.js';

const route = getRouteApi('/tasks/$id');

export function TaskPage() {
  const { t, terms, fill } = useTexts();
  const words = t.operations.tasks;
  const { id } = route.useParams();
  const query = useQuery(taskQuery(id));
  const { data, error } = query;
  const title = data ? `${terms.steps[data.step.name]} · ${data.workflow.name}` : fill(words.oneTitle, { id });
  useTitle(title);
  return (
    <>
      <DetailsHead
        back={{ to: '/tasks', text: words.all }}
        title={title}
        sub={data ? <CopiedId id={data.taskId} /> : null}
        signs={
          <>
            <span role="status">
              {data ? <TaskBadge status={data.status} size="lg" data-testid="task-status" /> : null}
            </span>
            <Freshness query={query} />
          </>
        }
        actions={data ? <TaskActions task={data} /> : null}
      />
      {data ? (
        <Details task={data} />
      ) : error ? (
        <ErrorNote title={words.notFound} error={error}>
          <Button variant="default" size="xs" renderRoot={(props) => <Link to="/tasks" {...props} />}>
            {words.all}
          </Button>
        </ErrorNote>
      ) : (
        <DetailsLoading />
      )}
    </>
  );
}

const ended: readonly Task['status'][] = ['SUCCESS', 'FAILURE', 'REVOKED'];

function Details({ task }: { task: Task }) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  const now = useNow(!ended.includes(task.status));
  return (
    <Stack gap="lg">
      {task.error ? (
        <StoredErrorNote title={task.status === 'FAILURE' ? words.failedWith : words.lastFault} error={task.error} />
      ) : null}
      <TaskFacts task={task} now={now} />
      <AttemptsPanel task={task} now={now} />
      {task.traceback === null ? null : (
        <Panel title={words.traceback}>
          <CodeBlock label={words.traceback} text={task.traceback} />
        </Panel>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Panel title={words.given} lead={task.name}>
          <CodeBlock label={words.given} text={pretty({ args: task.args, kwargs: task.kwargs })} />
        </Panel>
        <Panel title={words.result}>
          {task.result === null || task.result === undefined ? (
            <Text size="sm" c="dimmed">
              {words.noResult}
            </Text>
          ) : (
            <CodeBlock label={words.result} text={pretty(task.result)} />
          )}
        </Panel>
      </SimpleGrid>
      <LogPanel logs={task.logs} ofOneStep />
    </Stack>
  );
}

const pretty = (value: unknown): string => JSON.stringify(value, null, 2) ?? '';
