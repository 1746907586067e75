/** Tasks as rows, or as cards where the page is narrow; either may be chosen. */
import { Checkbox, Group, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { TaskSummary } from '../../contract/operations.js';
import { TaskBadge } from '../design/status-badge.js';
import { useTexts } from '../language/language.js';
import { MaybeWorker, TaskLink, WorkflowLink } from './links.js';
import classes from './operations.module.css';
import { StepProgress } from './step-progress.js';
import { durationOf, spanText } from './times.js';

export interface Selection {
  chosen: ReadonlySet<string>;
  onToggle: (taskId: string) => void;
  onToggleAll: () => void;
}

interface Props {
  label: string;
  items: readonly TaskSummary[];
  /** For what still runs. */
  now: number;
  selection?: Selection | undefined;
  /** Left out on the page of one worker. */
  withoutWorker?: boolean;
}

export function TaskTable(props: Props) {
  const narrow = useMediaQuery('(max-width: 70em)', undefined, { getInitialValueInEffect: false });
  return narrow === true ? <Cards {...props} /> : <Rows {...props} />;
}

function Rows({ label, items, now, selection, withoutWorker = false }: Props) {
  const { t } = useTexts();
  const { columns, chooseAll } = t.operations.tasks;
  const all = selection !== undefined && items.every(({ taskId }) => selection.chosen.has(taskId));
  const some = selection !== undefined && items.some(({ taskId }) => selection.chosen.has(taskId));
  return (
    <Table aria-label={label} verticalSpacing={6} horizontalSpacing="sm" className={classes.table} highlightOnHover>
      <colgroup>
        {selection === undefined ? null : <col style={{ width: '3.25rem' }} />}
        <col style={{ width: '8.5rem' }} />
        <col />
        <col style={{ width: '12rem' }} />
        {withoutWorker ? null : <col style={{ width: '19%' }} />}
        <col style={{ width: '6.5rem' }} />
        <col style={{ width: '6.5rem' }} />
        <col style={{ width: '12.5rem' }} />
      </colgroup>
      <Table.Thead>
        <Table.Tr>
          {selection === undefined ? null : (
            <Table.Th>
              <Checkbox
                size="xs"
                aria-label={chooseAll}
                checked={all && items.length > 0}
                indeterminate={some && !all}
                onChange={selection.onToggleAll}
              />
            </Table.Th>
          )}
          <Table.Th>{columns.task}</Table.Th>
          <Table.Th>{columns.workflow}</Table.Th>
          <Table.Th>{columns.status}</Table.Th>
          {withoutWorker ? null : <Table.Th>{columns.worker}</Table.Th>}
          <Table.Th className={classes.figure}>{columns.wait}</Table.Th>
          <Table.Th className={classes.figure}>{columns.duration}</Table.Th>
          <Table.Th className={classes.figure}>{columns.created}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((task) => (
          <Row key={task.taskId} task={task} now={now} selection={selection} withoutWorker={withoutWorker} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

type RowProps = Pick<Props, 'now' | 'selection' | 'withoutWorker'> & { task: TaskSummary };

function Row({ task, now, selection, withoutWorker }: RowProps) {
  const texts = useTexts();
  const { format } = texts;
  return (
    <Table.Tr h={66} data-testid={`task-${task.taskId}`} data-status={task.status}>
      {selection === undefined ? null : (
        <Table.Td>
          <Choose task={task} selection={selection} />
        </Table.Td>
      )}
      <Table.Td>
        <TaskLink task={task} />
        <div className={`${classes.sub} z-mono`}>{task.taskId.slice(0, 8)}</div>
      </Table.Td>
      <Table.Td>
        <WorkflowLink workflow={task.workflow} />
      </Table.Td>
      <Table.Td>
        <Status task={task} />
      </Table.Td>
      {withoutWorker === true ? null : (
        <Table.Td>
          <MaybeWorker name={task.worker} />
          <Retries task={task} />
        </Table.Td>
      )}
      <Table.Td className={classes.figure}>{spanText(texts, task.waitMs)}</Table.Td>
      <Table.Td className={classes.figure}>{spanText(texts, durationOf(task, now))}</Table.Td>
      <Table.Td className={classes.figure} c="dimmed">
        {format.moment(task.createdAt)}
      </Table.Td>
    </Table.Tr>
  );
}

function Choose({ task, selection }: { task: TaskSummary; selection: Selection }) {
  const { t, terms, fill } = useTexts();
  const words = { step: terms.steps[task.step.name], id: task.taskId.slice(0, 8) };
  return (
    <Checkbox
      size="xs"
      aria-label={fill(t.operations.tasks.choose, words)}
      checked={selection.chosen.has(task.taskId)}
      onChange={() => selection.onToggle(task.taskId)}
    />
  );
}

/** What it is, with how far it has come or what ended it. */
function Status({ task }: { task: TaskSummary }) {
  const { terms } = useTexts();
  return (
    <>
      <TaskBadge status={task.status} />
      {task.status === 'STARTED' ? (
        <StepProgress progress={task.progress} label={terms.steps[task.step.name]} />
      ) : task.error === null ? null : (
        <div className={`${classes.sub} z-mono`} title={task.error.message}>
          {task.error.code}
        </div>
      )}
    </>
  );
}

function Retries({ task }: { task: TaskSummary }) {
  const { t, fill } = useTexts();
  if (task.retries === 0) return null;
  return <div className={classes.sub}>{fill(t.operations.tasks.retries, { count: task.retries })}</div>;
}

function Cards({ label, items, now, selection, withoutWorker = false }: Props) {
  return (
    <ul className={classes.cards} aria-label={label}>
      {items.map((task) => (
        <li key={task.taskId} data-testid={`task-${task.taskId}`} data-status={task.status}>
          <Card task={task} now={now} selection={selection} withoutWorker={withoutWorker} />
        </li>
      ))}
    </ul>
  );
}

function Card({ task, now, selection, withoutWorker }: RowProps) {
  const texts = useTexts();
  const { t, format } = texts;
  const { columns } = t.operations.tasks;
  const spans = [
    [columns.wait, spanText(texts, task.waitMs)],
    [columns.duration, spanText(texts, durationOf(task, now))],
  ];
  return (
    <Group align="flex-start" wrap="nowrap" gap="sm">
      {selection === undefined ? null : <Choose task={task} selection={selection} />}
      <div style={{ flex: 1, minWidth: 0 }}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <TaskLink task={task} />
            <Text size="sm" component="div">
              <WorkflowLink workflow={task.workflow} />
            </Text>
          </div>
          <div className={classes.cardStatus}>
            <Status task={task} />
          </div>
        </Group>
        <div className={classes.cardFacts}>
          {spans.map(([name, value]) => (
            <span key={name}>
              {name} <b>{value}</b>
            </span>
          ))}
          <span>{format.moment(task.createdAt)}</span>
        </div>
        {withoutWorker === true || task.worker === null ? null : (
          <Text size="xs" c="dimmed" component="div" mt={2}>
            <MaybeWorker name={task.worker} />
            <Retries task={task} />
          </Text>
        )}
      </div>
    </Group>
  );
}
