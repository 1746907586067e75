import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client.js';
import { fieldOf } from './problem-field.js';

describe('fieldOf', () => {
  it('an error of the API stands at the field where it is mended', () => {
    expect(fieldOf(new ApiError({ code: 'TARGET_CONTINUOUS' }))).toBe('target');
    expect(fieldOf(new ApiError({ code: 'PARAM_INVALID', params: { name: 'epochs', value: '0', rule: '' } }))).toBe(
      'epochs',
    );
    expect(fieldOf(new ApiError({ code: 'REQUEST_INVALID', params: { field: 'config.target', rule: '' } }))).toBe(
      'target',
    );
    expect(fieldOf(new ApiError({ code: 'SPLIT_TOO_SMALL' }))).toBe('test_size');
  });

  it('what has no field of its own stands at the form', () => {
    expect(fieldOf(new ApiError({ code: 'PARAM_INVALID', params: { name: 'nothing' } }))).toBe('form');
    expect(fieldOf(new ApiError({ code: 'DATABASE_UNAVAILABLE' }))).toBe('form');
    expect(fieldOf(new Error('x'))).toBe('form');
  });
});
