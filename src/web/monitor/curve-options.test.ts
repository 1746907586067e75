import { describe, expect, it } from 'vitest';
import { epochRange, valueRange } from './curve-options.js';

describe('the axes of a curve', () => {
  it('while it trains the axis shows all epochs, and afterwards those that were trained', () => {
    expect(epochRange(1, 7, { epochs: 20, live: true })).toEqual([1, 20]);
    expect(epochRange(1, 7, { epochs: 20, live: false })).toEqual([1, 7]);
    expect(epochRange(1, 1, { epochs: 1, live: false })).toEqual([0, 2]);
  });

  it('an accuracy never leaves 0 to 1, and equal values still have a range', () => {
    expect(valueRange(0.9, 1, true)[1]).toBe(1);
    expect(valueRange(0, 0.5, true)[0]).toBe(0);
    for (const [low, high] of [
      valueRange(1, 1, true),
      valueRange(0, 0, true),
      valueRange(3, 3, false),
      valueRange(0, 0, false),
    ]) {
      expect(high).toBeGreaterThan(low);
    }
    expect(valueRange(null, null, true)).toEqual([0, 1]);
  });
});
