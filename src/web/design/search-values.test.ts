import { describe, expect, it } from 'vitest';
import { TaskStatus } from '../../contract/operations.js';
import { filterOf, knownValues, textOf, valuesOf } from './search-values.js';

describe('values of an address', () => {
  it('a filter is a list and back', () => {
    expect(valuesOf('LR,MLP')).toEqual(['LR', 'MLP']);
    expect(valuesOf(undefined)).toEqual([]);
    expect(filterOf(['LR', 'MLP'])).toBe('LR,MLP');
    expect(filterOf([])).toBeUndefined();
  });

  it('only values that the schema knows are kept', () => {
    expect(knownValues('FAILURE,DONE,RETRY', TaskStatus)).toBe('FAILURE,RETRY');
    expect(knownValues('DONE', TaskStatus)).toBeUndefined();
    expect(knownValues({ state: 'RETRY' }, TaskStatus)).toBeUndefined();
  });

  it('a text that the router read as a number is a text again', () => {
    expect(textOf(42)).toBe('42');
    expect([textOf('  '), textOf(['a']), textOf(undefined)]).toEqual([undefined, undefined, undefined]);
  });
});
