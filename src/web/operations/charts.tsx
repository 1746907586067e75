/** Charts of the last hour; the part that draws is fetched when it is needed, in room that is kept for it. */
import { lazy, Suspense, useMemo } from 'react';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import classes from './charts.module.css';
import { tenSeconds } from './ten-seconds.js';
import type { Curve, TimeChartProps } from './time-chart.js';
import { perMinute, seriesOf } from './time-series.js';

const TimeChart = lazy(() => import('./time-chart.js').then((module) => ({ default: module.TimeChart })));

/** A curve draws either a value of each sample, or how fast a counter in it grows, per minute. */
type HistoryCurve<Sample> = Curve &
  ({ of: (sample: Sample) => number | null } | { growthOf: (sample: Sample) => number });

export interface HistoryChart<Sample> extends Omit<TimeChartProps, 'series' | 'curves'> {
  curves: readonly HistoryCurve<Sample>[];
}

interface Props<Sample> {
  /** Oldest first. */
  history: readonly Sample[];
  charts: readonly HistoryChart<Sample>[];
}

export function HistoryCharts<Sample extends { at: string }>({ history, charts }: Props<Sample>) {
  const { t } = useTexts();
  return (
    <Panel title={t.operations.charts.lastHour}>
      <div className={classes.charts} data-even={charts.length % 2 === 0}>
        {charts.map((chart) => (
          <Suspense key={chart.title} fallback={<div className={classes.room} />}>
            <Chart chart={chart} history={history} />
          </Suspense>
        ))}
      </div>
    </Panel>
  );
}

function Chart<Sample extends { at: string }>({
  chart,
  history,
}: {
  chart: HistoryChart<Sample>;
  history: readonly Sample[];
}) {
  const now = tenSeconds();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what a curve reads of a sample never changes.
  const series = useMemo(() => seriesOf(history, chart.curves.map(readerOf(history)), now), [history, now]);
  return <TimeChart {...chart} series={series} />;
}

const readerOf =
  <Sample extends { at: string }>(history: readonly Sample[]) =>
  (curve: HistoryCurve<Sample>): ((sample: Sample, index: number) => number | null) => {
    if ('of' in curve) return curve.of;
    const growth = perMinute(history, curve.growthOf);
    return (_, index) => growth[index] ?? null;
  };
