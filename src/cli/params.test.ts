import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.js';
import { parseSetting, parseSince, parseValue } from './params.js';

describe('--set', () => {
  it.each([
    ['alpha=0.001', 'alpha', 0.001],
    ['alpha=1e-3', 'alpha', 0.001],
    ['alpha=.5', 'alpha', 0.5],
    ['penalty=l1', 'penalty', 'l1'],
    ['penalty="l1"', 'penalty', 'l1'],
    ['class_weight=null', 'class_weight', null],
    ['class_weight={"a": 2}', 'class_weight', { a: 2 }],
    ['hidden_layer_sizes=64,32', 'hidden_layer_sizes', [64, 32]],
    ['hidden_layer_sizes=(64, 32)', 'hidden_layer_sizes', [64, 32]],
    ['hidden_layer_sizes=(64,)', 'hidden_layer_sizes', [64]],
    ['hidden_layer_sizes=[64, 32]', 'hidden_layer_sizes', [64, 32]],
    ['hidden_layer_sizes=100', 'hidden_layer_sizes', [100]],
    ['hidden_layer_sizes=wide', 'hidden_layer_sizes', 'wide'],
    ['learning_rate=NaN', 'learning_rate', 'NaN'],
    ['name=a=b', 'name', 'a=b'],
    ['empty=', 'empty', ''],
  ])('%s gives the value that was meant', (text, name, value) => {
    expect(parseSetting('en', text)).toEqual({ name, value });
  });

  it.each(['alpha', '=1', ''])('%j without a name is wrong usage', (text) => {
    expect(() => parseSetting('en', text)).toThrow(AppError);
    expect(() => parseSetting('en', text)).toThrow(`--set ${text}: write it as name=value.`);
  });

  it('leaves a list of any other hyperparameter as text', () => {
    expect(parseValue('penalty', '64,32')).toBe('64,32');
  });
});

describe('--since', () => {
  const now = Date.parse('2026-03-04T12:00:00Z');

  it.each([
    ['30s', '2026-03-04T11:59:30.000Z'],
    ['10m', '2026-03-04T11:50:00.000Z'],
    ['2h', '2026-03-04T10:00:00.000Z'],
    ['1d', '2026-03-03T12:00:00.000Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
  ])('%s is an instant', (text, iso) => {
    expect(new Date(parseSince(text, now) ?? 0).toISOString()).toBe(iso);
  });

  it.each(['yesterday', '10', '5w', '2026-99-99', ''])('%j is none', (text) => {
    expect(parseSince(text, now)).toBeNull();
  });
});
