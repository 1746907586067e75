import { describe, expect, it } from 'vitest';
import type { Metric } from '../contract/entities.js';
import { accuracyChart, bar, resample } from './chart.js';
import { createPaint } from './paint.js';

const plain = createPaint(false);
const options = {
  width: 40,
  height: 5,
  epochs: 10,
  paint: plain,
  share: (value: number) => `${(value * 100).toFixed(0)}%`,
  names: { train: 'train', validation: 'validation' },
};
const metric = (epoch: number, trainAccuracy: number, validationAccuracy: number): Metric => ({
  epoch,
  trainAccuracy,
  validationAccuracy,
  trainLoss: 0,
  validationLoss: 0,
});
const curve = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    metric(index + 1, 0.5 + (0.45 * index) / count, 0.45 + (0.4 * index) / count),
  );
const widthOf = (chart: string) => Math.max(...chart.split('\n').map((line) => [...line].length));

describe('the accuracy chart', () => {
  it('is empty before the first epoch', () => {
    expect(accuracyChart([], options)).toBe('');
  });

  it('is never wider than its room, however many epochs there are', () => {
    for (const epochs of [1, 2, 7, 39, 40, 41, 1000]) {
      for (const width of [30, 40, 80, 120]) {
        expect(widthOf(accuracyChart(curve(epochs), { ...options, epochs, width }))).toBeLessThanOrEqual(width);
      }
    }
  });

  it('grows to the share of the epochs that are done', () => {
    const half = accuracyChart(curve(5), { ...options, width: 60 })
      .split('\n')
      .slice(0, -1)
      .join('\n');
    expect(widthOf(half)).toBeGreaterThan(25);
    expect(widthOf(half)).toBeLessThan(40);
  });

  it('tells the curves apart by dots where there are no colours', () => {
    const chart = accuracyChart([metric(1, 1, 0.5), metric(10, 1, 0.5)], { ...options, width: 26, height: 5 });
    expect(chart).toBe(
      [
        '100% ┤····················',
        ' 90% ┤',
        ' 80% ┤',
        ' 70% ┤',
        ' 60% ┤',
        ' 50% ┼────────────────────',
        '      ·· train  ── validation',
      ].join('\n'),
    );
  });

  it('draws the curves in two colours', () => {
    const chart = accuracyChart(curve(10), { ...options, paint: createPaint(true) });
    expect(chart).toContain('\u001b[36m');
    expect(chart).toContain('\u001b[33m');
  });

  it('stands with a single epoch and with one value throughout', () => {
    expect(accuracyChart([metric(1, 1, 1)], options)).toContain('100%');
    expect(accuracyChart([metric(1, 0, 0)], options)).toContain('0%');
  });
});

describe('resampling', () => {
  it('keeps the mean of each column where there are more values', () => {
    expect(resample([0, 2, 4, 6, 8, 10], 3)).toEqual([1, 5, 9]);
  });

  it('draws lines between where there are fewer, from the first value to the last', () => {
    expect(resample([0, 1], 5)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(resample([3], 4)).toEqual([3, 3, 3, 3]);
  });
});

it('a bar has its width at every share', () => {
  expect(bar(0, 4, plain)).toBe('░░░░');
  expect(bar(0.5, 4, plain)).toBe('██░░');
  expect(bar(7, 4, plain)).toBe('████');
});
