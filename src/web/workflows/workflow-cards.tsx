import { Anchor, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { WorkflowSummary } from '../../contract/entities.js';
import { useTexts } from '../language/language.js';
import { StatusCell, StepLinks, useDurationOf, WorkflowMenu } from './workflow-parts.js';
import classes from './workflows.module.css';

export function WorkflowCards({ items }: { items: readonly WorkflowSummary[] }) {
  const { t } = useTexts();
  return (
    <ul className={classes.cards} aria-label={t.list.table}>
      {items.map((workflow) => (
        <li key={workflow.id}>
          <Card workflow={workflow} />
        </li>
      ))}
    </ul>
  );
}

function Card({ workflow }: { workflow: WorkflowSummary }) {
  const { t, terms, format } = useTexts();
  const durationOf = useDurationOf();
  const accuracy = (value: number | null) => (value === null ? t.common.none : format.accuracy(value));
  const figures = [
    [t.list.columns.trainAccuracy, accuracy(workflow.trainAccuracy)],
    [t.list.columns.validationAccuracy, accuracy(workflow.validationAccuracy)],
    [t.list.columns.duration, durationOf(workflow)],
  ];
  return (
    <article className={classes.card}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <div className={classes.cardName}>
          <Anchor
            fw={600}
            c="inherit"
            className={classes.name}
            renderRoot={(props) => <Link to="/workflows/$id" params={{ id: String(workflow.id) }} {...props} />}
          >
            {workflow.name}
          </Anchor>
          <Text size="xs" c="dimmed" className="z-clip">
            #{workflow.id} · {workflow.dataset.fileName}
          </Text>
        </div>
        <WorkflowMenu workflow={workflow} />
      </Group>
      <Group justify="space-between" mt="sm" align="flex-start">
        <StatusCell workflow={workflow} />
        <StepLinks workflow={workflow} />
      </Group>
      <dl className={classes.cardFigures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed">
        {terms.models[workflow.model]} · {format.moment(workflow.createdAt)}
      </Text>
    </article>
  );
}
