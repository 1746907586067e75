import { describe, expect, it } from 'vitest';
import { decimate } from './decimate.js';

describe('decimate', () => {
  it('a short curve is drawn whole', () => {
    expect(decimate([new Float64Array([3, 1, 2])], 600)).toEqual([0, 1, 2]);
    expect(decimate([new Float64Array(0)], 600)).toEqual([]);
  });

  it('a spike of one epoch among a hundred thousand stays, on either curve', () => {
    const train = new Float64Array(100_000).fill(0.5);
    const validation = new Float64Array(100_000).fill(0.4);
    train[43_210] = 0.9;
    validation[77_777] = 0.1;
    const indices = decimate([train, validation], 500);
    expect(indices).toContain(43_210);
    expect(indices).toContain(77_777);
    expect(indices.length).toBeLessThanOrEqual(2002);
  });

  it('first and last epoch stay, and the order is that of the epochs', () => {
    const curve = Float64Array.from({ length: 10_000 }, (_, index) => Math.sin(index / 7));
    const indices = decimate([curve], 100);
    expect(indices[0]).toBe(0);
    expect(indices.at(-1)).toBe(9999);
    expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
  });
});
