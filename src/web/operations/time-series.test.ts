import { describe, expect, it } from 'vitest';
import { perMinute, rangeFromZero, seriesOf, windowOf } from './time-series.js';

const at = (second: number) => new Date(Date.UTC(2026, 2, 4, 5, 6, second)).toISOString();
const sample = (second: number, value: number) => ({ at: at(second), value });

describe('samples over time', () => {
  it('no line is drawn through a time without samples, and a usual distance is no gap', () => {
    const samples = [0, 5, 10, 15, 200, 205].map((second) => sample(second, second));
    const { at: times, curves } = seriesOf(samples, [({ value }) => value, () => 1], Date.parse(at(210)));
    const start = Date.parse(at(0)) / 1000;
    expect(times.map((time) => time - start)).toEqual([0, 5, 10, 15, 107.5, 200, 205]);
    expect(curves).toEqual([
      [0, 5, 10, 15, null, 200, 205],
      [1, 1, 1, 1, null, 1, 1],
    ]);
  });

  it('slow samples are not gaps of each other', () => {
    const samples = [0, 60, 120, 180].map((second) => sample(second, 1));
    expect(seriesOf(samples, [({ value }) => value], Date.parse(at(300))).curves).toEqual([[1, 1, 1, 1]]);
    expect(seriesOf([], [() => 1], Date.parse(at(0)))).toEqual({ at: [], curves: [[]] });
  });

  it('after the last sample nothing is known, once the next one is overdue', () => {
    const samples = [0, 10, 20].map((second) => sample(second, 1));
    const { at: times, curves } = seriesOf(samples, [({ value }) => value], Date.parse(at(100)));
    expect(curves).toEqual([[1, 1, 1, null]]);
    expect(times.at(-1)).toBe(Date.parse(at(100)) / 1000);
  });

  it('a counter becomes a speed, and one that fell tells none', () => {
    const samples = [sample(0, 10), sample(30, 12), sample(60, 12), sample(90, 1), sample(120, 4)];
    expect(perMinute(samples, ({ value }) => value)).toEqual([null, 4, 0, null, 6]);
  });

  it('the axis begins at zero and is never empty', () => {
    expect(rangeFromZero(null, 1)).toEqual([0, 1]);
    expect(rangeFromZero(0, 4)).toEqual([0, 4]);
    expect(rangeFromZero(100, 1)[1]).toBeCloseTo(112);
  });

  it('the axis of time covers the last hour, or what there is of it, and at least ten minutes', () => {
    expect(windowOf([0, 5000, 10_000])).toEqual([6400, 10_000]);
    expect(windowOf([8000, 10_000])).toEqual([8000, 10_000]);
    expect(windowOf([9990, 10_000])).toEqual([9400, 10_000]);
    expect(windowOf([])).toEqual([-600, 0]);
  });
});
