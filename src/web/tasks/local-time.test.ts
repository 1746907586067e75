import { describe, expect, it } from 'vitest';
import { isoOfLocal, localOfIso } from './local-time.js';

describe('times of the filter', () => {
  it('a time of the reader’s clock goes into the address and comes back the same', () => {
    for (const local of ['2026-01-15T00:05', '2026-07-15T23:59', '2026-03-29T12:00']) {
      expect(localOfIso(isoOfLocal(local))).toBe(local);
    }
  });

  it('what is not a time yet is no filter', () => {
    expect([isoOfLocal(''), isoOfLocal('2026-99-01T00:00'), isoOfLocal('x')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(localOfIso(undefined)).toBe('');
  });
});
