import { Anchor, Group, Paper, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { QueueState } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { spanText } from '../operations/times.js';
import classes from './queue.module.css';
import { useQueueAbout } from './queue-about.js';
import { queueStateText } from './queue-state.js';
import { useRate } from './rate.js';

/** One queue: what waits stands large, the rest below it. */
export function QueueCard({ queue }: { queue: QueueState }) {
  const texts = useTexts();
  const { t, terms, format } = texts;
  const words = t.operations.queue;
  const rate = useRate();
  const warned = queue.warnings.length > 0;
  const about = useQueueAbout()(queue);
  const facts = queue.dead
    ? [[words.state, queueStateText(terms, queue.state)]]
    : [
        [words.unacked, format.count(queue.unacked)],
        [words.consumers, format.count(queue.consumers)],
        [words.publishRate, rate(queue.publishRate)],
        [words.ackRate, rate(queue.ackRate)],
        [words.oldestWait, spanText(texts, queue.oldestWaitMs)],
        [words.state, queueStateText(terms, queue.state)],
      ];
  return (
    <Paper
      component="article"
      radius="lg"
      className={classes.card}
      data-warned={warned}
      data-testid={`queue-${queue.name}`}
      aria-label={queue.name}
    >
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Anchor
          c="inherit"
          size="sm"
          fw={600}
          className={`z-mono z-clip ${classes.name}`}
          renderRoot={(props) => <Link to="/queue/$name" params={{ name: queue.name }} {...props} />}
        >
          {queue.name}
        </Anchor>
        {warned ? (
          <IconAlertTriangle size={17} stroke={1.8} className={classes.sign} aria-label={words.warned} />
        ) : null}
      </Group>
      <p className={classes.ready}>
        <b>{format.count(queue.ready)}</b> {queue.dead ? words.deadInAll : words.readyInAll}
      </p>
      {about === undefined ? null : (
        <Text size="xs" c="dimmed" mb={6}>
          {about}
        </Text>
      )}
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Paper>
  );
}
