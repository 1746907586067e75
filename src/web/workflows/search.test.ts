import { describe, expect, it } from 'vitest';
import { readListSearch } from './search.js';

describe('the address of the list', () => {
  it('keeps what the API understands and leaves out the rest', () => {
    expect(
      readListSearch({
        model: 'LR,XX,MLP',
        status: 'DONE',
        search: 42,
        sort: '-validationAccuracy',
        cursor: 'abc',
        x: 1,
      }),
    ).toEqual({ model: 'LR,MLP', status: undefined, search: '42', sort: '-validationAccuracy', cursor: 'abc' });
    expect(readListSearch({ sort: 'size', search: '  ', model: ['LR'] })).toEqual({});
  });

  it('an order that is the default stays out of the address', () => {
    expect(['-id', '-createdAt', 'createdAt'].map((sort) => readListSearch({ sort }).sort)).toEqual([
      undefined,
      undefined,
      'id',
    ]);
  });
});
