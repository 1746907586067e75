import { describe, expect, it } from 'vitest';
import { createFormats } from './formats.js';

const en = createFormats('en', { day: 'd', hour: 'h', minute: 'min', second: 's', millisecond: 'ms' });
const tr = createFormats('tr', { day: 'gün', hour: 'sa', minute: 'dk', second: 'sn', millisecond: 'ms' });

describe('formats', () => {
  it('a duration names its two largest units and nothing that is zero', () => {
    expect([0, 340, 1500, 9949, 9960, 61_000, 3_600_000, 3_725_000, 90_000_000].map(en.duration)).toEqual([
      '0 s',
      '340 ms',
      '1.5 s',
      '9.9 s',
      '10 s',
      '1 min 1 s',
      '1 h',
      '1 h 2 min',
      '1 d 1 h',
    ]);
    expect(tr.duration(1500)).toBe('1,5 sn');
  });

  it('a share that is not all and not nothing never reads so', () => {
    expect([0, 1e-7, 0.0058, 0.5, 0.999999, 1].map(en.share)).toEqual(['0%', '0.1%', '0.6%', '50%', '99.9%', '100%']);
  });

  it('accuracies are written the way of the language', () => {
    expect(en.accuracy(0.98551)).toBe('98.55%');
    expect(tr.accuracy(0.98551)).toBe('%98,55');
  });

  it('dates follow the region of the reader', () => {
    const british = createFormats(
      'en',
      { day: 'd', hour: 'h', minute: 'min', second: 's', millisecond: 'ms' },
      'en-GB',
    );
    expect(british.moment('2026-11-23T15:05:00.000')).toBe('23 Nov 2026, 15:05');
  });

  it('sizes step up by a thousand', () => {
    expect([0, 999, 13_478, 1_000_000, 2.5e9].map(en.bytes)).toEqual(['0 B', '999 B', '13.5 kB', '1 MB', '2.5 GB']);
  });

  it('numbers keep their significant digits however large or small they are', () => {
    expect([0, 43.92193, 0.00001234, 1.5e12].map((value) => en.number(value))).toEqual([
      '0',
      '43.92',
      '1.23e-5',
      '1.50e+12',
    ]);
    expect(tr.number(0.00001234)).toBe('1,23e-5');
  });
});
