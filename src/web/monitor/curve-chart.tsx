/** Training and validation over the epochs; drawn on a canvas, without animation, from as many points as fit. */
import { Group, Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTexts } from '../language/language.js';
import type { EpochSeries, FigureName } from '../live/epoch-series.js';
import classes from './curve-chart.module.css';
import { createOptions } from './curve-options.js';
import { decimate } from './decimate.js';

const height = 250;

interface Props {
  series: EpochSeries;
  /** Grows with the series, which is one object. */
  revision: number;
  epochs: number;
  /** More epochs will come, so the axis shows all that were asked for. */
  live: boolean;
  kind: 'accuracy' | 'loss';
  title: string;
  /** What the curve shows, in words, for those who do not see it. */
  summary: string;
  testId: string;
}

const figures: Record<Props['kind'], [FigureName, FigureName]> = {
  accuracy: ['trainAccuracy', 'validationAccuracy'],
  loss: ['trainLoss', 'validationLoss'],
};

export function CurveChart({ series, revision, epochs, live, kind, title, summary, testId }: Props) {
  const { t, format } = useTexts();
  const { ref, width } = useElementSize();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const [hovered, setHovered] = useState<number | null>(null);
  const bestEpoch = series.at(series.bestIndex)?.epoch ?? null;
  const axis = useRef({ epochs, live, bestEpoch });
  axis.current = { epochs, live, bestEpoch };
  const drawn = width > 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the series is one object that grows; its revision tells.
  const data = useMemo<uPlot.AlignedData>(() => {
    const [train, validation] = figures[kind].map((name) => series.figure(name));
    if (!train || !validation) return [[], [], []];
    const indices = decimate([train, validation], Math.max(100, width));
    const pick = (values: Float64Array) => indices.map((index) => values[index] ?? null);
    return [indices.map((index) => series.epochs[index] ?? 0), pick(train), pick(validation)];
  }, [series, revision, kind, width]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew for the scheme; size and data follow below.
  useEffect(() => {
    if (!drawn || holder.current === null) return;
    const options = createOptions({
      kind,
      width,
      height,
      words: format,
      axis: () => axis.current,
      onHover: setHovered,
      names: { train: t.monitor.charts.train, validation: t.monitor.charts.validation, best: t.monitor.charts.best },
    });
    plot.current = new uPlot(options, data, holder.current);
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [drawn, scheme, kind, format]);

  useEffect(() => {
    if (drawn) plot.current?.setSize({ width, height });
  }, [drawn, width]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the axis reads these two when it is drawn.
  useEffect(() => plot.current?.setData(data), [data, live, epochs]);

  const shown = hovered ?? data[0].length - 1;
  const value = (at: 1 | 2) => {
    const number = data[at]?.[shown];
    if (number === null || number === undefined) return t.common.none;
    return kind === 'accuracy' ? format.accuracy(number) : format.number(number);
  };
  return (
    <figure className={classes.figure} data-testid={testId}>
      <Group justify="space-between" component="figcaption" gap="xs" mb={6}>
        <Text fw={600} size="sm" component="span">
          {title}
        </Text>
        <Group gap="md" className={classes.legend} component="span">
          <span>
            {t.monitor.charts.epoch} {format.count(data[0][shown] ?? 0)}
          </span>
          <span className={classes.key} data-curve="train">
            {t.monitor.charts.train} <b>{value(1)}</b>
          </span>
          <span className={classes.key} data-curve="validation">
            {t.monitor.charts.validation} <b>{value(2)}</b>
          </span>
        </Group>
      </Group>
      <div ref={ref} className={classes.frame} role="img" aria-label={summary}>
        <div ref={holder} />
      </div>
    </figure>
  );
}
