import { Text } from '@mantine/core';
import type { QueueDetails } from '../../contract/operations.js';
import { FactList } from '../design/fact-list.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';

/** How the broker declares the queue. */
export function DeclarationPanel({ queue }: { queue: QueueDetails }) {
  const { t } = useTexts();
  const words = t.operations.queue;
  const facts = [
    ...(queue.policy === null ? [] : [{ name: words.policy, value: queue.policy }]),
    ...Object.entries(queue.arguments).map(([name, value]) => ({
      name,
      value: value === '' ? t.common.none : String(value),
    })),
  ];
  return (
    <Panel title={words.arguments}>
      {facts.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noArguments}
        </Text>
      ) : (
        <FactList facts={facts} />
      )}
    </Panel>
  );
}
