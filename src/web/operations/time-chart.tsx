/** Figures over the last hour. */
import { Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { ChartFigure } from '../design/chart-figure.js';
import { usePlot } from '../design/use-plot.js';
import { useTexts } from '../language/language.js';
import classes from './time-chart.module.css';
import { colorOf, type Marks, timeChartOptions } from './time-chart-options.js';
import { type Series, windowOf } from './time-series.js';

const height = 170;

export interface Curve {
  name: string;
  tone: keyof typeof colorOf;
  format: (value: number) => string;
}

export interface TimeChartProps {
  title: string;
  curves: readonly Curve[];
  /** The values of the curves, in their order. */
  series: Series;
  formatAxis: (value: number) => string;
  leastTop?: number;
  marks?: Marks;
  testId?: string;
}

export function TimeChart({ title, curves, series, formatAxis, leastTop = 1, marks, testId }: TimeChartProps) {
  const { t, fill, format } = useTexts();
  const { ref, width } = useElementSize();
  const [hovered, setHovered] = useState<number | null>(null);
  const window = useRef<[number, number]>([0, 1]);
  window.current = windowOf(series.at);
  const data = useMemo<uPlot.AlignedData>(() => [series.at, ...series.curves], [series]);
  const clock = (seconds: number) => format.timeOfDay(new Date(seconds * 1000).toISOString());
  const options = () =>
    timeChartOptions({
      width,
      height,
      curves,
      leastTop,
      marks,
      clock,
      formatAxis,
      window: () => window.current,
      onHover: setHovered,
    });
  const holder = usePlot({ width, height, data, options, madeFrom: curves.length });

  const valueAt = (index: number): number | null =>
    hovered === null ? (series.curves[index]?.at(-1) ?? null) : (series.curves[index]?.[hovered] ?? null);
  const legend = curves.map((curve, index) => {
    const value = valueAt(index);
    return {
      name: curve.name,
      color: colorOf[curve.tone],
      value: value === null ? t.common.none : curve.format(value),
    };
  });
  const words = legend.map(({ name, value }) => `${name} ${value}`).join(', ');
  const shownAt = hovered === null ? undefined : series.at[hovered];
  return (
    <ChartFigure
      title={title}
      place={shownAt === undefined ? null : clock(shownAt)}
      legend={legend}
      summary={fill(t.operations.charts.summary, { title, words })}
      height={height}
      frame={ref}
      holder={holder}
      testId={testId}
    >
      {series.at.length === 0 ? (
        <Text size="sm" c="dimmed" className={classes.empty}>
          {t.operations.charts.empty}
        </Text>
      ) : null}
    </ChartFigure>
  );
}
