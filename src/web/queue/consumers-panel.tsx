import type { QueueDetails } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { MaybeWorker } from '../operations/links.js';
import { type Column, RowsPanel } from '../operations/rows-panel.js';

type Consumer = QueueDetails['consumersOf'][number];

/** Who takes from the queue. */
export function ConsumersPanel({ queue }: { queue: QueueDetails }) {
  const { t, format } = useTexts();
  const { consumer, consumers, noConsumers } = t.operations.queue;
  const columns: Column<Consumer>[] = [
    { head: consumer.worker, cell: ({ worker }) => <MaybeWorker name={worker} /> },
    {
      head: consumer.tag,
      cell: ({ tag }) => (
        <div className="z-mono z-clip" title={tag}>
          {tag}
        </div>
      ),
    },
    { head: consumer.address, cell: ({ address }) => <div className="z-mono z-clip">{address ?? t.common.none}</div> },
    {
      head: consumer.prefetch,
      help: consumer.prefetchHelp,
      width: '7rem',
      figure: true,
      cell: ({ prefetch }) => format.count(prefetch),
    },
  ];
  return (
    <RowsPanel
      label={consumers}
      empty={noConsumers}
      columns={columns}
      rows={queue.consumersOf}
      rowKey={({ tag }) => tag}
    />
  );
}
