/** How figures over time are drawn: the last hour across, from zero up, in the colours of the theme. */
import type uPlot from 'uplot';
import { axisLook, axisRoom, colorReader, spanSteps, wholeSteps } from '../design/chart-axes.js';
import type { Curve } from './time-chart.js';
import { rangeFromZero } from './time-series.js';

/** What the values are, where that says which of them are marked. */
export type Marks = 'whole' | 'span';
const stepsOf = { whole: wholeSteps, span: spanSteps };

interface Settings {
  width: number;
  height: number;
  curves: readonly Curve[];
  /** The least top of the axis, so that noise near zero does not look like much. */
  leastTop: number;
  marks: Marks | undefined;
  clock: (seconds: number) => string;
  formatAxis: (value: number) => string;
  /** What the axis covers, in seconds, asked at every drawing. */
  window: () => [number, number];
  onHover: (index: number | null) => void;
}

export function timeChartOptions(settings: Settings): uPlot.Options {
  const { width, height, curves, leastTop, marks, clock, formatAxis, window, onHover } = settings;
  const read = colorReader();
  const lines = axisLook(read);
  return {
    width,
    height,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { x: { time: true, range: () => window() }, y: { range: (_, __, max) => rangeFromZero(max, leastTop) } },
    axes: [
      { ...lines, space: 64, size: 26, values: (_, at) => at.map(clock) },
      {
        ...lines,
        size: (_, labels) => axisRoom(labels),
        space: 34,
        ...(marks === undefined ? {} : { incrs: stepsOf[marks] }),
        values: (_, at) => at.map(formatAxis),
      },
    ],
    series: [
      {},
      ...curves.map(({ name, tone }, index) => {
        const color = read(colorOf[tone]);
        return {
          label: name,
          stroke: color,
          width: index === 0 ? 2 : 1.5,
          ...(index === 0 ? { fill: `${color}1f` } : {}),
          points: { show: false },
          spanGaps: false,
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  };
}

export const colorOf = {
  main: '--z-validation',
  second: '--z-train',
  warning: '--z-text-warning',
  bad: '--z-text-error',
} as const;
