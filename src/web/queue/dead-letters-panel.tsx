/** What lies in a queue of dead letters, with why it went there. */
import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { QueueDetails } from '../../contract/operations.js';
import { FactList } from '../design/fact-list.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import { CodeBlock } from '../operations/code-block.js';
import classes from '../operations/operations.module.css';

type DeadLetter = QueueDetails['deadLetters'][number];

export function DeadLettersPanel({ queue }: { queue: QueueDetails }) {
  const { t, fill } = useTexts();
  const words = t.operations.queue;
  const { deadLetters, ready } = queue;
  const lead =
    deadLetters.length < ready ? fill(words.firstOf, { count: deadLetters.length, total: ready }) : undefined;
  return (
    <Panel title={words.deadLettersTitle} {...(lead === undefined ? {} : { lead })} flush={deadLetters.length > 0}>
      {deadLetters.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noDeadLetters}
        </Text>
      ) : (
        <ul className={classes.cards} aria-label={words.deadLettersTitle}>
          {deadLetters.map((letter, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a message has no name of its own; the order is the queue's.
            <li key={`${letter.taskId}-${index}`}>
              <Letter letter={letter} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const { t, format } = useTexts();
  const words = t.operations.queue.letter;
  const { taskId, name, from, reason, at, body } = letter;
  return (
    <Stack gap="xs">
      <FactList
        facts={[
          {
            name: words.task,
            value:
              taskId === null ? (
                t.common.none
              ) : (
                <Anchor
                  inherit
                  className="z-mono"
                  renderRoot={(props) => <Link to="/tasks/$id" params={{ id: taskId }} {...props} />}
                >
                  {taskId}
                </Anchor>
              ),
            ...(name === null ? {} : { note: name }),
          },
          { name: words.from, value: from ?? t.common.none },
          { name: words.reason, value: reason ?? t.common.none },
          { name: words.at, value: at === null ? t.common.none : format.moment(at) },
        ]}
      />
      <CodeBlock label={words.body} text={body} />
    </Stack>
  );
}
