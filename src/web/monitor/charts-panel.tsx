/** The learning curves, side by side. */
import { Center, Loader, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import type { EpochSeries } from '../live/epoch-series.js';
import classes from './monitor.module.css';

const CurveChart = lazy(() => import('./curve-chart.js').then((module) => ({ default: module.CurveChart })));

interface Props {
  series: EpochSeries;
  revision: number;
  epochs: number;
  ended: boolean;
  /** All epochs that there are have been read. */
  read: boolean;
}

export function ChartsPanel({ series, revision, epochs, ended, read }: Props) {
  const { t, fill, format } = useTexts();
  const { charts } = t.monitor;
  const last = series.at(series.length - 1);
  const best = series.at(series.bestIndex);
  if (!last || !best) {
    return (
      <Panel title={charts.title}>
        <Center mih={120}>
          <Text size="sm" c="dimmed">
            {!ended ? charts.empty : read ? charts.none : t.shell.loading}
          </Text>
        </Center>
      </Panel>
    );
  }
  const parts = { series, revision, epochs, live: !ended };
  return (
    <Panel title={charts.title}>
      <Suspense
        fallback={
          <Center mih={280}>
            <Loader aria-label={t.shell.loading} />
          </Center>
        }
      >
        <div className={classes.charts}>
          <CurveChart
            {...parts}
            testId="accuracy-chart"
            title={charts.accuracy}
            kind="accuracy"
            summary={fill(charts.accuracySummary, {
              epochs: series.length,
              train: format.accuracy(last.trainAccuracy),
              validation: format.accuracy(last.validationAccuracy),
              best: format.accuracy(best.validationAccuracy),
              bestEpoch: best.epoch,
            })}
          />
          <CurveChart
            {...parts}
            testId="loss-chart"
            title={charts.loss}
            kind="loss"
            summary={fill(charts.lossSummary, {
              epochs: series.length,
              train: format.number(last.trainLoss),
              validation: format.number(last.validationLoss),
            })}
          />
        </div>
      </Suspense>
    </Panel>
  );
}
