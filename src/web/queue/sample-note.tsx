import { Text } from '@mantine/core';
import type { QueueOverview } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { wholeSeconds } from '../operations/times.js';

type Props = Pick<QueueOverview, 'source' | 'sampledAt' | 'sampleAgeMs'> & { detail?: string };

/** Who counted, and how long ago: a broker's figures lag. */
export function SampleNote({ source, sampledAt, sampleAgeMs, detail }: Props) {
  const { t, fill, format } = useTexts();
  const { sample } = t.operations.queue;
  const age = format.duration(Math.max(1000, wholeSeconds(sampleAgeMs ?? 0)));
  const counted =
    source === 'database'
      ? sample.database
      : sampleAgeMs !== null && sampleAgeMs < 1000
        ? sample.now
        : fill(sample.ago, { age });
  return (
    <Text size="xs" c="dimmed" mt="xs" className="z-figures z-break" data-testid="sample" data-source={source}>
      <span title={sampledAt === null ? undefined : format.moment(sampledAt)}>{counted}</span>
      {detail === undefined ? '' : ` · ${detail}`}
    </Text>
  );
}
