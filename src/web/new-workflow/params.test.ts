import { describe, expect, it } from 'vitest';
import { defaults, modelCodes } from '../../contract/models.js';
import { defaultText, paramNames, parseParam, readNumber, relevantParams, textOf } from './params.js';

describe('parseParam', () => {
  it('every default is shown as a text that means the default', () => {
    for (const model of modelCodes) {
      for (const name of paramNames(model)) {
        const values: Record<string, unknown> = defaults[model];
        expect(parseParam(name, defaultText(model, name))).toEqual({ ok: true, value: values[name] });
      }
    }
  });

  it('a number may be typed with a point, a comma or an exponent', () => {
    expect(['0.05', '0,05', '5e-2', ' .05 '].map((text) => parseParam('learning_rate', text))).toEqual(
      Array.from({ length: 4 }, () => ({ ok: true, value: 0.05 })),
    );
    expect(['', 'NaN', 'Infinity', '1,000.5', '0x10', '--1', '1e999x'].map(readNumber)).toEqual(Array(7).fill(null));
  });

  it('a value outside of its range is told the nearest limit', () => {
    expect(parseParam('epochs', '0')).toEqual({ ok: false, fault: { kind: 'atLeast', limit: 1 } });
    expect(parseParam('epochs', '1e9')).toEqual({ ok: false, fault: { kind: 'atMost', limit: 1_000_000 } });
    expect(parseParam('epochs', '1.5')).toEqual({ ok: false, fault: { kind: 'integer' } });
    expect(parseParam('epochs', 'ten')).toEqual({ ok: false, fault: { kind: 'number' } });
    expect(parseParam('test_size', '0')).toEqual({ ok: false, fault: { kind: 'above', limit: 0 } });
    expect(parseParam('test_size', '1')).toEqual({ ok: false, fault: { kind: 'below', limit: 1 } });
    expect(parseParam('learning_rate', '1e999').ok).toBe(false);
  });

  it('hidden layers are sizes with commas or spaces between', () => {
    expect(parseParam('hidden_layer_sizes', '64, 32')).toEqual({ ok: true, value: [64, 32] });
    expect(parseParam('hidden_layer_sizes', '64 32')).toEqual({ ok: true, value: [64, 32] });
    for (const wrong of ['', '0', '64,-1', '64,x', '1.5']) {
      expect(parseParam('hidden_layer_sizes', wrong).ok, wrong).toBe(false);
    }
  });

  it('class weights are none, balanced, or pairs, and survive the way through the form', () => {
    expect(parseParam('class_weight', 'none')).toEqual({ ok: true, value: null });
    expect(parseParam('class_weight', 'Adelie=1, Gentoo=2.5')).toEqual({ ok: true, value: { Adelie: 1, Gentoo: 2.5 } });
    for (const value of [{ a: 1, b: 2 }, { 'a,b': 1, 'c=d': 2 }, { '': 1 }]) {
      expect(parseParam('class_weight', textOf(value))).toEqual({ ok: true, value });
    }
    for (const wrong of ['', 'Adelie', 'Adelie=', 'Adelie=0', '{"a":']) {
      expect(parseParam('class_weight', wrong), wrong).toEqual({ ok: false, fault: { kind: 'weights' } });
    }
  });
});

describe('relevantParams', () => {
  it('a parameter is offered only where the other choices leave it an effect', () => {
    expect(relevantParams('LR', {})).not.toContain('power_t');
    expect(relevantParams('LR', { learning_rate_schedule: 'invscaling' })).toContain('power_t');
    expect(relevantParams('SVM', { learning_rate_schedule: 'optimal' })).not.toContain('learning_rate');
    expect(relevantParams('LR', {})).not.toContain('l1_ratio');
    expect(relevantParams('LR', { penalty: 'elasticnet' })).toContain('l1_ratio');
    expect(relevantParams('PER', {})).not.toContain('alpha');
    expect(relevantParams('PER', { penalty: 'l1' })).toContain('alpha');
    expect(relevantParams('MLP', {})).toContain('momentum');
    expect(relevantParams('MLP', { solver: 'adam' })).not.toContain('momentum');
  });
});
