import type { WorkerSample } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { type HistoryChart, HistoryCharts } from '../operations/charts.js';

/** What was done, by how many, on how much load and memory, over the last hour. */
export function WorkerCharts({ history }: { history: readonly WorkerSample[] }) {
  const { t, fill, format } = useTexts();
  const { workers } = t.operations;
  const { count, bytes } = format;
  const rate = (value: number) => fill(workers.perMinute, { rate: format.number(value, 2) });
  const load = (value: number) => format.number(value, 3);
  const charts: HistoryChart<WorkerSample>[] = [
    {
      title: workers.doneChart,
      testId: 'done-chart',
      formatAxis: (value) => format.number(value, 2),
      curves: [
        { name: workers.processed, tone: 'main', format: rate, growthOf: ({ processed }) => processed },
        { name: workers.failedTasks, tone: 'bad', format: rate, growthOf: ({ failed }) => failed },
      ],
    },
    {
      title: workers.active,
      testId: 'active-chart',
      marks: 'whole',
      leastTop: 2,
      formatAxis: count,
      curves: [
        { name: workers.active, tone: 'main', format: count, of: ({ active }) => active },
        { name: workers.slots, tone: 'second', format: count, of: ({ slots }) => slots },
      ],
    },
    {
      title: workers.columns.load,
      testId: 'load-chart',
      formatAxis: load,
      curves: [{ name: workers.loadOne, tone: 'main', format: load, of: (sample) => sample.load }],
    },
    {
      title: workers.columns.memory,
      testId: 'memory-chart',
      leastTop: 1e8,
      formatAxis: bytes,
      curves: [
        { name: workers.memoryAll, tone: 'main', format: bytes, of: ({ memoryBytes }) => memoryBytes },
        { name: workers.memoryChildren, tone: 'second', format: bytes, of: ({ childrenBytes }) => childrenBytes },
      ],
    },
  ];
  return <HistoryCharts history={history} charts={charts} />;
}
