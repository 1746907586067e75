/** Training and validation over the epochs; drawn on a canvas, without animation, from as many points as fit. */
import { useElementSize } from '@mantine/hooks';
import { useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { ChartFigure } from '../design/chart-figure.js';
import { usePlot } from '../design/use-plot.js';
import { useTexts } from '../language/language.js';
import type { EpochSeries, FigureName } from '../live/epoch-series.js';
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
  const [hovered, setHovered] = useState<number | null>(null);
  const bestEpoch = series.at(series.bestIndex)?.epoch ?? null;
  const axis = useRef({ epochs, live, bestEpoch });
  axis.current = { epochs, live, bestEpoch };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the series is one object that grows; its revision tells. The axis reads the last two when it is drawn.
  const data = useMemo<uPlot.AlignedData>(() => {
    const [train, validation] = figures[kind].map((name) => series.figure(name));
    if (!train || !validation) return [[], [], []];
    const indices = decimate([train, validation], Math.max(100, width));
    const pick = (values: Float64Array) => indices.map((index) => values[index] ?? null);
    return [indices.map((index) => series.epochs[index] ?? 0), pick(train), pick(validation)];
  }, [series, revision, kind, width, live, epochs]);

  const options = () =>
    createOptions({
      kind,
      width,
      height,
      words: format,
      axis: () => axis.current,
      onHover: setHovered,
      names: { train: t.monitor.charts.train, validation: t.monitor.charts.validation, best: t.monitor.charts.best },
    });
  const holder = usePlot({ width, height, data, options, madeFrom: kind });

  const shown = hovered ?? data[0].length - 1;
  const value = (at: 1 | 2) => {
    const number = data[at]?.[shown];
    if (number === null || number === undefined) return t.common.none;
    return kind === 'accuracy' ? format.accuracy(number) : format.number(number);
  };
  return (
    <ChartFigure
      title={title}
      place={`${t.monitor.charts.epoch} ${format.count(data[0][shown] ?? 0)}`}
      legend={[
        { name: t.monitor.charts.train, color: '--z-train', value: value(1) },
        { name: t.monitor.charts.validation, color: '--z-validation', value: value(2) },
      ]}
      summary={summary}
      height={height}
      frame={ref}
      holder={holder}
      testId={testId}
    />
  );
}
