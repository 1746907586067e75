import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNumber } from './number.js';

const encoder = new TextEncoder();
const parse = (text: string, decimal = '.'): number => {
  const bytes = encoder.encode(`,${text},`);
  return parseNumber(bytes, 1, bytes.length - 1, decimal.charCodeAt(0));
};

test('every double is read back from its shortest text and from 17 digits', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(parse(String(value))).toBe(Number(String(value)));
      expect(parse(value.toPrecision(17))).toBe(value === 0 ? Number(value.toPrecision(17)) : value);
      expect(parse(value.toExponential())).toBe(Number(value.toExponential()));
    }),
    { numRuns: 20_000 },
  );
});

test('texts of digits, point and exponent equal Number(text) to the last bit', () => {
  const digits = fc.stringMatching(/^[0-9]{1,22}$/);
  const exponent = fc.oneof(
    fc.constant(''),
    fc.integer({ min: -330, max: 310 }).map((e) => `e${e}`),
  );
  fc.assert(
    fc.property(fc.constantFrom('', '-', '+'), digits, digits, exponent, (sign, whole, fraction, power) => {
      const text = `${sign}${whole}.${fraction}${power}`;
      expect(parse(text)).toBe(Number(text));
      expect(parse(text.replace('.', ','), ',')).toBe(Number(text));
    }),
    { numRuns: 20_000 },
  );
});

test('halfway cases are rounded to even', () => {
  for (const text of [
    '9007199254740993',
    '9007199254740995',
    '0.500000000000000166533453693773481063544750213623046875',
  ]) {
    expect(parse(text)).toBe(Number(text));
  }
});

test.each(['1', '-1', '+1', '.5', '1.', ' 1.5 ', '\t2', '1e5', '1E-5', '007', '-0', '1e400', '1e-400'])(
  '%j is a number',
  (text) => {
    expect(parse(text)).toBe(Number(text));
  },
);

test.each([
  '',
  ' ',
  '-',
  '+',
  '.',
  'e5',
  '1e',
  '1e+',
  '1x',
  '1 2',
  '1,5',
  '1.2.3',
  '--1',
  '0x10',
  '1_000',
  'abc',
  'true',
  'infin',
])('%j is no number', (text) => {
  expect(parse(text)).toBeNaN();
});

test.each([
  ['inf', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['+INF', Number.POSITIVE_INFINITY],
])('%s is infinite, as in pandas', (text, value) => {
  expect(parse(text)).toBe(value);
});
