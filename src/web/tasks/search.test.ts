import { describe, expect, it } from 'vitest';
import { filtersOf, furtherFilters, isFiltered, readTasksSearch } from './search.js';

describe('the address of the tasks', () => {
  it('keeps what the API understands and leaves out the rest', () => {
    expect(
      readTasksSearch({
        state: 'FAILURE,DONE,REVOKED',
        name: 'zincir.train',
        worker: 'zincir@a',
        workflow: '12',
        since: '2026-03-04T05:06:07+03:00',
        until: 'yesterday',
        search: 42,
        x: 1,
      }),
    ).toEqual({
      state: 'FAILURE,REVOKED',
      name: 'zincir.train',
      worker: 'zincir@a',
      workflow: 12,
      since: '2026-03-04T05:06:07+03:00',
      search: '42',
    });
    expect(readTasksSearch({ workflow: -1, since: '2h', state: 7, error: '' })).toEqual({});
  });

  it('a span until now begins at a whole minute, so that it is the same question for a minute', () => {
    const noon = Date.UTC(2026, 2, 4, 12, 0, 0);
    const asked = (second: number) => filtersOf({ since: '24h', state: 'RETRY', cursor: 'c' }, noon + second * 1000);
    expect(asked(0)).toEqual({ since: '2026-03-03T12:00:00.000Z', state: 'RETRY' });
    expect(asked(59)).toEqual(asked(0));
    expect(asked(60).since).toBe('2026-03-03T12:01:00.000Z');
    expect(filtersOf({ since: '2026-03-04T05:06:07Z' }, noon).since).toBe('2026-03-04T05:06:07Z');
  });

  it('counts the filters that the bar does not show, and the place in the list is no filter', () => {
    expect(furtherFilters({ state: 'RETRY', since: '1h', search: 'x' })).toBe(0);
    expect(furtherFilters({ since: '2026-03-04T05:06:07Z', error: 'E', workflow: 3 })).toBe(3);
    expect(isFiltered({ cursor: 'abc' })).toBe(false);
    expect(isFiltered({ since: '1h' })).toBe(true);
  });
});
