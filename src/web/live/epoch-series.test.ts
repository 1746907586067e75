import { describe, expect, it } from 'vitest';
import type { Metric } from '../../contract/entities.js';
import { EpochSeries } from './epoch-series.js';

const metric = (epoch: number, validationAccuracy = epoch / 1000): Metric => ({
  epoch,
  trainAccuracy: 0.5,
  validationAccuracy,
  trainLoss: 1 / epoch,
  validationLoss: 2 / epoch,
});

describe('EpochSeries', () => {
  it('keeps thousands of epochs in order', () => {
    const series = new EpochSeries();
    series.add(Array.from({ length: 3000 }, (_, index) => metric(index + 1)));
    expect(series.length).toBe(3000);
    expect(series.lastEpoch).toBe(3000);
    expect(series.at(1234)).toEqual(metric(1235));
    expect(series.figure('trainLoss')[9]).toBe(0.1);
    expect(series.at(3000)).toBeUndefined();
  });

  it('an epoch that is told again after a resume is overwritten, not doubled', () => {
    const series = new EpochSeries();
    series.add([metric(1), metric(2), metric(3)]);
    series.add([metric(2, 0.9), metric(3, 0.1), metric(4, 0.2)]);
    expect([...series.epochs]).toEqual([1, 2, 3, 4]);
    expect([...series.figure('validationAccuracy')]).toEqual([0.001, 0.9, 0.1, 0.2]);
  });

  it('epochs that come late find their place', () => {
    const series = new EpochSeries();
    series.add([metric(5, 0.5), metric(9, 0.9)]);
    series.add([metric(7, 0.7), metric(1, 0.1)]);
    expect([...series.epochs]).toEqual([1, 5, 7, 9]);
    expect([...series.figure('validationAccuracy')]).toEqual([0.1, 0.5, 0.7, 0.9]);
    expect(series.at(series.bestIndex)?.epoch).toBe(9);
  });

  it('the best epoch is the first of those with the highest validation accuracy', () => {
    const series = new EpochSeries();
    expect(series.bestIndex).toBe(-1);
    series.add([metric(1, 0.4), metric(2, 0.8), metric(3, 0.8), metric(4, 0.6)]);
    expect(series.at(series.bestIndex)?.epoch).toBe(2);
    series.add([metric(2, 0.3)]);
    expect(series.at(series.bestIndex)?.epoch).toBe(3);
  });
});
