import type { QueueSample } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { type HistoryChart, HistoryCharts } from '../operations/charts.js';
import { useRate } from './rate.js';

/** Depth, rates and wait over the last hour. */
export function QueueCharts({ history }: { history: readonly QueueSample[] }) {
  const { t, format } = useTexts();
  const { queue } = t.operations;
  const { count, duration } = format;
  const rate = useRate();
  const charts: HistoryChart<QueueSample>[] = [
    {
      title: queue.depth,
      testId: 'depth-chart',
      marks: 'whole',
      leastTop: 4,
      formatAxis: count,
      curves: [
        { name: queue.ready, tone: 'main', format: count, of: ({ ready }) => ready },
        { name: queue.unacked, tone: 'second', format: count, of: ({ unacked }) => unacked },
      ],
    },
    {
      title: queue.rates,
      testId: 'rate-chart',
      formatAxis: (value) => format.number(value, 2),
      curves: [
        { name: queue.ackRate, tone: 'main', format: rate, of: ({ ackRate }) => ackRate },
        { name: queue.publishRate, tone: 'second', format: rate, of: ({ publishRate }) => publishRate },
      ],
    },
    {
      title: queue.oldestWait,
      testId: 'wait-chart',
      marks: 'span',
      leastTop: 5000,
      formatAxis: duration,
      // Nobody waits: the wait is zero, not unknown.
      curves: [{ name: queue.waited, tone: 'main', format: duration, of: ({ oldestWaitMs }) => oldestWaitMs ?? 0 }],
    },
  ];
  return <HistoryCharts history={history} charts={charts} />;
}
