import { expect, test } from 'vitest';
import { FasterWay } from './faster-way.js';

/** The ways of so many passes, of which each takes what is said of its way. */
function passes(count: number, ms: (way: 'first' | 'second', pass: number) => number): string {
  const chooser = new FasterWay();
  return Array.from({ length: count }, (_, i) => {
    const way = chooser.next();
    chooser.took(ms(way, i + 1));
    return way === 'first' ? '1' : '2';
  }).join('');
}

test('both ways are tried after the first pass, then the faster is kept, and the other tried now and then', () => {
  expect(passes(20, (way) => (way === 'first' ? 50 : 70))).toBe('11211111111111121111');
  expect(passes(20, (way) => (way === 'first' ? 70 : 50))).toBe('11222222222222212222');
});

test('how long the first pass took, in which threads start, says nothing', () => {
  expect(passes(5, (way, pass) => (pass === 1 ? 1 : way === 'first' ? 70 : 50))).toBe('11222');
});

test('a way that becomes slow is left', () => {
  expect(passes(8, (way, pass) => (way === 'second' ? 70 : pass < 5 ? 50 : 90))).toBe('11211222');
});
