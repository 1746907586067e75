/** Accuracy by epoch as a chart of text. */
import asciichart from 'asciichart';
import type { Metric } from '../contract/entities.js';
import { escapeOf, type Paint } from './paint.js';

export interface ChartOptions {
  /** Columns of the whole chart with its labels. */
  width: number;
  /** Rows between the bottom and the top line. */
  height: number;
  /** Epochs that the whole width stands for. */
  epochs: number;
  paint: Paint;
  share: (value: number) => string;
  names: { train: string; validation: string };
}

/** Thin and dotted, for the training curve where colours cannot tell the two apart. */
const dotted = ['┼', '┤', '·', '·', '·', '·', '·', '·', '·', '·'];

/** Two curves over one axis, grown to the share of the epochs that are done; empty before the first epoch. */
export function accuracyChart(metrics: readonly Metric[], options: ChartOptions): string {
  const last = metrics.at(-1);
  if (!last) return '';
  const { paint, share, names } = options;
  const axis = axisOf(metrics);
  const labelWidth = share(1).length;
  /** Columns of the label, a blank and the axis. */
  const gutter = labelWidth + 2;
  const room = Math.max(4, options.width - gutter);
  // The first value stands on the axis itself, so a curve has one value more than it has columns.
  const columns = 1 + Math.max(2, Math.round((room * Math.min(last.epoch, options.epochs)) / options.epochs));
  const train = resample(
    metrics.map((metric) => metric.trainAccuracy),
    columns,
  );
  const validation = resample(
    metrics.map((metric) => metric.validationAccuracy),
    columns,
  );
  const shared = {
    min: axis.min,
    max: axis.max,
    height: options.height,
    // A label takes one cell however long it is, and the axis the next.
    offset: 2,
    format: (value: number) => `${share(value).padStart(labelWidth)} `,
  };
  const legend = `${' '.repeat(gutter)}${paint.cyan(paint.enabled ? '──' : '··')} ${names.train}  ${paint.yellow('──')} ${names.validation}`;
  const plot = paint.enabled
    ? asciichart.plot([train, validation], { ...shared, colors: [escapeOf('cyan'), escapeOf('yellow')] })
    : overlay(asciichart.plot([train], { ...shared, symbols: dotted }), asciichart.plot([validation], shared), gutter);
  return `${plot.replace(/ +$/gm, '')}\n${legend}`;
}

/** Multiples of 5 % around the values, at least 10 % apart, so that the axis rests while the curves move. */
function axisOf(metrics: readonly Metric[]): { min: number; max: number } {
  let least = 1;
  let most = 0;
  for (const { trainAccuracy, validationAccuracy } of metrics) {
    least = Math.min(least, trainAccuracy, validationAccuracy);
    most = Math.max(most, trainAccuracy, validationAccuracy);
  }
  const max = Math.min(1, Math.max(0.1, Math.ceil(most * 20 - 1e-9) / 20));
  const min = Math.max(0, Math.min(max - 0.1, Math.floor(least * 20 + 1e-9) / 20));
  return { min, max };
}

/** A curve of n values over `columns` columns: the mean of each column's share where there are more, a line between where fewer. */
export function resample(values: readonly number[], columns: number): number[] {
  const count = values.length;
  const at = (index: number) => values[Math.min(Math.max(index, 0), count - 1)] ?? 0;
  return Array.from({ length: columns }, (_, column) => {
    if (count > columns) {
      const from = Math.floor((column * count) / columns);
      const to = Math.floor(((column + 1) * count) / columns);
      let sum = 0;
      for (let index = from; index < to; index++) sum += at(index);
      return sum / (to - from);
    }
    const place = columns === 1 ? count - 1 : (column * (count - 1)) / (columns - 1);
    const below = Math.floor(place);
    return at(below) + (at(below + 1) - at(below)) * (place - below);
  });
}

/** The second plot drawn over the first; both have the same size and labels. */
function overlay(below: string, above: string, gutter: number): string {
  const lower = below.split('\n').map((line) => [...line]);
  return above
    .split('\n')
    .map((line, row) =>
      [...line]
        .map((character, column) => (character === ' ' && column >= gutter ? (lower[row]?.[column] ?? ' ') : character))
        .join(''),
    )
    .join('\n');
}

/** A bar of `width` columns, filled to a share between 0 and 1. */
export function bar(share: number, width: number, paint: Pick<Paint, 'green' | 'dim'>): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return paint.green('█'.repeat(filled)) + paint.dim('░'.repeat(width - filled));
}
