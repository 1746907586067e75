/** One queue: its figures now and over the last hour, who takes from it, what waits in it. */
import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { QueueDetails } from '../../contract/operations.js';
import { queueQuery } from '../api/operations.js';
import { ErrorNote } from '../design/error-note.js';
import { Panel } from '../design/panel.js';
import { useTexts, useTitle } from '../language/language.js';
import { useNow } from '../live/use-now.js';
import { DetailsHead } from '../operations/details-head.js';
import { DetailsLoading } from '../operations/details-loading.js';
import { Figures } from '../operations/figures.js';
import { Freshness } from '../operations/freshness.js';
import { TaskTable } from '../operations/task-table.js';
import { spanText } from '../operations/times.js';
import { Warnings } from '../operations/warnings.js';
import { ConsumersPanel } from './consumers-panel.js';
import { DeadLettersPanel } from './dead-letters-panel.js';
import { DeclarationPanel } from './declaration-panel.js';
import { useQueueAbout } from './queue-about.js';
import { QueueActions } from './queue-actions.js';
import { QueueCharts } from './queue-charts.js';
import { queueStateText } from './queue-state.js';
import { useRate } from './rate.js';
import { SampleNote } from './sample-note.js';

const route = getRouteApi('/queue/$name');

export function QueueDetailsPage() {
  const { t, fill } = useTexts();
  const { queue } = t.operations;
  const { name } = route.useParams();
  const query = useQuery(queueQuery(name));
  const { data, error } = query;
  useTitle(name);
  const aboutOf = useQueueAbout();
  const about = data ? aboutOf(data) : undefined;
  return (
    <>
      <DetailsHead
        back={{ to: '/queue', text: queue.all }}
        title={name}
        mono
        sub={about === undefined ? null : <Text c="dimmed">{about}</Text>}
        signs={<Freshness query={query} />}
        actions={data ? <QueueActions queue={data} /> : null}
      />
      {data ? (
        <Details queue={data} />
      ) : error ? (
        <ErrorNote title={fill(queue.notFound, { name })} error={error}>
          <Button variant="default" size="xs" renderRoot={(props) => <Link to="/queue" {...props} />}>
            {queue.all}
          </Button>
        </ErrorNote>
      ) : (
        <DetailsLoading />
      )}
    </>
  );
}

function Details({ queue }: { queue: QueueDetails }) {
  const texts = useTexts();
  const { t, terms, format } = texts;
  const words = t.operations.queue;
  const rate = useRate();
  const now = useNow(false);
  return (
    <Stack gap="lg">
      <Warnings warnings={queue.warnings} />
      <div>
        <Figures
          label={words.figures}
          figures={[
            { name: queue.dead ? words.deadLettersTitle : words.ready, value: format.count(queue.ready) },
            { name: words.unacked, value: format.count(queue.unacked) },
            { name: words.consumers, value: format.count(queue.consumers) },
            { name: words.oldestWait, value: spanText(texts, queue.oldestWaitMs) },
            { name: words.publishRate, value: rate(queue.publishRate) },
            { name: words.ackRate, value: rate(queue.ackRate) },
            { name: words.state, value: queueStateText(terms, queue.state) },
          ]}
        />
        <SampleNote {...queue} />
      </div>
      <QueueCharts history={queue.history} />
      {queue.dead ? <DeadLettersPanel queue={queue} /> : null}
      {queue.dead ? null : (
        <Panel title={words.next} lead={words.nextAbout} flush={queue.next.length > 0}>
          {queue.next.length === 0 ? (
            <Text size="sm" c="dimmed">
              {words.nothingWaits}
            </Text>
          ) : (
            <TaskTable label={words.next} items={queue.next} now={now} />
          )}
        </Panel>
      )}
      {queue.dead ? null : <ConsumersPanel queue={queue} />}
      <DeclarationPanel queue={queue} />
    </Stack>
  );
}
