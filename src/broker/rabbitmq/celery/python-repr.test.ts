import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { pythonRepr, pythonTuple } from './python-repr.js';

const values = [
  null,
  true,
  [],
  {},
  [1, -2, 0.1, 1e-7, 1e21, 12345678901],
  { a: [null, false], 'the "key"': "it's", both: `'"`, tab: '\t\n\\', bell: '\u0007', turkish: 'çığ 🦊' },
];

test('a JSON value is written as Python writes it', () => {
  const script = 'import json, sys; print(json.dumps([repr(v) for v in json.load(sys.stdin)]))';
  let python: string[];
  try {
    python = JSON.parse(execFileSync('python3', ['-c', script], { input: JSON.stringify(values), encoding: 'utf8' }));
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    // Python's own words, for a machine without one.
    python = [
      'None',
      'True',
      '[]',
      '{}',
      '[1, -2, 0.1, 1e-07, 1e+21, 12345678901]',
      `{'a': [None, False], 'the "key"': "it's", 'both': '\\'"', 'tab': '\\t\\n\\\\', 'bell': '\\x07', 'turkish': 'çığ 🦊'}`,
    ];
  }
  // JSON has one kind of number: a whole one stays whole here, whatever its size.
  expect(values.map((value) => pythonRepr(value).replace('1e+21', '1000000000000000000000'))).toEqual(
    python.map((text) => text.replace('1e+21', '1000000000000000000000')),
  );
});

test('arguments are written as a tuple, one of them with its comma', () => {
  expect([pythonTuple([]), pythonTuple([7]), pythonTuple([7, 'x'])]).toEqual(['()', '(7,)', "(7, 'x')"]);
});

test('a large value is cut, and costs no more than a small one', () => {
  const large = { rows: Array.from({ length: 1_000_000 }, (_, i) => i), text: 'x'.repeat(1_000_000) };
  const began = performance.now();
  const text = pythonRepr(large);
  expect(performance.now() - began).toBeLessThan(50);
  expect(text).toHaveLength(1024);
  expect(text.slice(0, 20)).toBe("{'rows': [0, 1, 2, 3");
  expect(text.endsWith('...')).toBe(true);
});
