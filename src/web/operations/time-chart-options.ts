/** How figures over time are drawn: the last hour across, from zero up, in the colours of the theme. */
import type uPlot from 'uplot';
import type { Curve } from './time-chart.js';
import { rangeFromZero } from './time-series.js';

interface Settings {
  width: number;
  height: number;
  curves: readonly Curve[];
  /** The least top of the axis, so that noise near zero does not look like much. */
  leastTop: number;
  /** Only whole numbers are marked. */
  whole: boolean;
  clock: (seconds: number) => string;
  formatAxis: (value: number) => string;
  /** What the axis covers, in seconds, asked at every drawing. */
  window: () => [number, number];
  onHover: (index: number | null) => void;
}

const font = "11px 'Inter Variable', system-ui, sans-serif";
const wholeSteps = [1, 2, 5].flatMap((step) =>
  [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].map((power) => step * power),
);

export function timeChartOptions(settings: Settings): uPlot.Options {
  const { width, height, curves, leastTop, whole, clock, formatAxis, window, onHover } = settings;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const lines = {
    stroke: read('--mantine-color-dimmed'),
    font,
    grid: { stroke: read('--z-grid'), width: 1 },
    ticks: { show: false },
  };
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
        size: 58,
        space: 34,
        ...(whole ? { incrs: [...wholeSteps].sort((a, b) => a - b) } : {}),
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
