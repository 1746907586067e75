import { Anchor, Table, Text, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { WorkflowSortKey } from '../../contract/api.js';
import type { WorkflowSummary } from '../../contract/entities.js';
import { useTexts } from '../language/language.js';
import { defaultSort, type ListSearch } from './search.js';
import { StatusCell, StepLinks, useDurationOf, WorkflowMenu } from './workflow-parts.js';
import classes from './workflows.module.css';

interface Props {
  items: readonly WorkflowSummary[];
  sort: ListSearch['sort'];
  onSort: (sort: ListSearch['sort']) => void;
}

export function WorkflowTable({ items, sort, onSort }: Props) {
  const { t } = useTexts();
  const { columns } = t.list;
  const head = { sort: sort ?? defaultSort, onSort };
  return (
    <Table
      aria-label={t.list.table}
      verticalSpacing="sm"
      horizontalSpacing="md"
      className={classes.table}
      highlightOnHover
    >
      <Table.Thead>
        <Table.Tr>
          <SortHead {...head} by="name" first="up">
            {columns.name}
          </SortHead>
          <Table.Th>{columns.model}</Table.Th>
          <Table.Th>{columns.status}</Table.Th>
          <Table.Th>{columns.steps}</Table.Th>
          <SortHead {...head} by="trainAccuracy" right title={t.monitor.facts.trainAccuracy}>
            {columns.trainAccuracy}
          </SortHead>
          <SortHead {...head} by="validationAccuracy" right title={t.monitor.facts.validationAccuracy}>
            {columns.validationAccuracy}
          </SortHead>
          <SortHead {...head} by="durationMs" right>
            {columns.duration}
          </SortHead>
          <SortHead {...head} by="id">
            {columns.created}
          </SortHead>
          <Table.Th aria-label={columns.actions} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((workflow) => (
          <Row key={workflow.id} workflow={workflow} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ workflow }: { workflow: WorkflowSummary }) {
  const { t, terms, format } = useTexts();
  const durationOf = useDurationOf();
  const accuracy = (value: number | null) => (value === null ? t.common.none : format.accuracy(value));
  return (
    <Table.Tr>
      <Table.Td className={classes.nameCell}>
        <Anchor
          fw={600}
          size="sm"
          c="inherit"
          className={classes.name}
          renderRoot={(props) => <Link to="/workflows/$id" params={{ id: String(workflow.id) }} {...props} />}
        >
          {workflow.name}
        </Anchor>
        <Text size="xs" c="dimmed" className="z-clip">
          #{workflow.id} · {workflow.dataset.fileName}
        </Text>
      </Table.Td>
      <Table.Td>{terms.models[workflow.model]}</Table.Td>
      <Table.Td>
        <StatusCell workflow={workflow} />
      </Table.Td>
      <Table.Td>
        <StepLinks workflow={workflow} />
      </Table.Td>
      <Table.Td className={classes.figure}>{accuracy(workflow.trainAccuracy)}</Table.Td>
      <Table.Td className={classes.figure} fw={600}>
        {accuracy(workflow.validationAccuracy)}
      </Table.Td>
      <Table.Td className={classes.figure}>{durationOf(workflow)}</Table.Td>
      <Table.Td className={classes.time}>{format.moment(workflow.createdAt)}</Table.Td>
      <Table.Td>
        <WorkflowMenu workflow={workflow} />
      </Table.Td>
    </Table.Tr>
  );
}

interface SortHeadProps {
  by: WorkflowSortKey;
  sort: NonNullable<ListSearch['sort']>;
  onSort: (sort: ListSearch['sort']) => void;
  /** Which way the first click orders. */
  first?: 'up' | 'down';
  right?: boolean;
  title?: string;
  children: ReactNode;
}

function SortHead({ by, sort, onSort, first = 'down', right = false, title, children }: SortHeadProps) {
  const up = sort === by;
  const down = sort === `-${by}`;
  const next = up ? (`-${by}` as const) : down ? by : first === 'up' ? by : (`-${by}` as const);
  return (
    <Table.Th
      aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}
      className={right ? classes.figure : undefined}
    >
      <UnstyledButton
        className={classes.sort}
        title={title}
        onClick={() => onSort(next === defaultSort ? undefined : next)}
      >
        {children}
        {up ? <IconArrowUp size={14} aria-hidden="true" /> : null}
        {down ? <IconArrowDown size={14} aria-hidden="true" /> : null}
      </UnstyledButton>
    </Table.Th>
  );
}
