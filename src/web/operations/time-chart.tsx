/** Figures over the last hour, drawn on a canvas; the values under the pointer, or the latest, stand above it. */
import { Group, Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTexts } from '../language/language.js';
import classes from './time-chart.module.css';
import { colorOf, timeChartOptions } from './time-chart-options.js';
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
  whole?: boolean;
  testId?: string;
}

export function TimeChart({ title, curves, series, formatAxis, leastTop = 1, whole = false, testId }: TimeChartProps) {
  const { t, fill, format, language } = useTexts();
  const { ref, width } = useElementSize();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const [hovered, setHovered] = useState<number | null>(null);
  const window = useRef<[number, number]>([0, 1]);
  window.current = windowOf(series.at);
  const drawn = width > 0;
  const data: uPlot.AlignedData = [series.at, ...series.curves];
  const clock = (seconds: number) => format.timeOfDay(new Date(seconds * 1000).toISOString());

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew for the scheme; size and data follow below.
  useEffect(() => {
    if (!drawn || holder.current === null) return;
    const options = timeChartOptions({
      width,
      height,
      curves,
      leastTop,
      whole,
      clock,
      formatAxis,
      window: () => window.current,
      onHover: setHovered,
    });
    plot.current = new uPlot(options, data, holder.current);
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [drawn, scheme, language, curves.length]);

  useEffect(() => {
    if (drawn) plot.current?.setSize({ width, height });
  }, [drawn, width]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the curves are made of the series.
  useEffect(() => plot.current?.setData(data), [series]);

  const valueAt = (index: number): number | null =>
    hovered === null ? (series.curves[index]?.at(-1) ?? null) : (series.curves[index]?.[hovered] ?? null);
  const said = curves.map((curve, index) => {
    const value = valueAt(index);
    return { ...curve, text: value === null ? t.common.none : curve.format(value) };
  });
  const words = said.map(({ name, text }) => `${name} ${text}`).join(', ');
  const shownAt = hovered === null ? undefined : series.at[hovered];
  return (
    <figure className={classes.figure} data-testid={testId}>
      <Group justify="space-between" component="figcaption" gap="xs" mb={6}>
        <Text fw={600} size="sm" component="span">
          {title}
        </Text>
        <Group gap="sm" className={classes.legend} component="span">
          {shownAt === undefined ? null : <span>{clock(shownAt)}</span>}
          {said.map(({ name, tone, text }) => (
            <span key={name} className={classes.key}>
              <i style={{ background: `var(${colorOf[tone]})` }} />
              {name} <b>{text}</b>
            </span>
          ))}
        </Group>
      </Group>
      <div
        ref={ref}
        className={classes.frame}
        role="img"
        aria-label={fill(t.operations.charts.summary, { title, words })}
      >
        <div ref={holder} />
        {series.at.length === 0 ? (
          <Text size="sm" c="dimmed" className={classes.empty}>
            {t.operations.charts.empty}
          </Text>
        ) : null}
      </div>
    </figure>
  );
}
