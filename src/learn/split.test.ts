import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import { SplitError } from './errors.js';
import { RandomState } from './random-state.js';
import { trainTestSplit } from './split.js';

const python = findPython();
const program = `
import json, sys
import numpy as np
from sklearn.model_selection import train_test_split
def one(case):
    train, test = train_test_split(np.arange(case["rows"]), test_size=case["testSize"],
        random_state=case["randomState"], stratify=case.get("y"))
    return {"train": train.tolist(), "test": test.tolist()}
print(json.dumps([one(case) for case in json.load(sys.stdin)]))`;

describe('trainTestSplit', () => {
  it.skipIf(python === null)(`picks the rows that scikit-learn picks, stratified or not (${pythonMissing})`, () => {
    const random = new RandomState(3);
    const cases = Array.from({ length: 120 }, (_, i) => {
      const rows = random.randint(20, 400);
      const classes = random.randint(2, 5);
      // Equal counts are common, so that ties among remainders are broken by the generator.
      const y = Array.from({ length: rows }, (_unused, row) =>
        i % 2 === 0 ? row % classes : random.interval(classes - 1),
      );
      const shared = { rows, testSize: random.uniform(0.25, 0.7), randomState: random.uint32() };
      return i % 3 === 0 ? shared : { ...shared, y };
    });
    const expected = runPython<{ train: number[]; test: number[] }[]>(python ?? '', program, cases);
    cases.forEach((oracleCase, i) => {
      const y = 'y' in oracleCase ? Int32Array.from(oracleCase.y) : null;
      const stratify = y ? { stratify: { y, classes: 6 } } : {};
      const { train, test } = trainTestSplit({ ...oracleCase, ...stratify });
      expect({ train: [...train], test: [...test] }).toEqual(expected[i]);
    });
  });

  it('every row is in exactly one part', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.nat(),
        (rows, testSize, randomState) => {
          const { train, test } = trainTestSplit({ rows, testSize, randomState });
          expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
          expect(test.length).toBe(Math.ceil(testSize * rows));
        },
      ),
    );
  });

  it('says why rows cannot be split', () => {
    const fault = (rows: number, testSize: number, y?: number[]): string => {
      try {
        const stratify = y ? { stratify: { y: Int32Array.from(y), classes: 3 } } : {};
        trainTestSplit({ rows, testSize, randomState: 0, ...stratify });
      } catch (error) {
        if (error instanceof SplitError) return error.fault;
        throw error;
      }
      return 'none';
    };
    expect(fault(10, 0)).toBe('test_size');
    expect(fault(10, 1)).toBe('test_size');
    expect(fault(10, Number.NaN)).toBe('test_size');
    expect(fault(1, 0.5)).toBe('empty_train');
    expect(fault(5, 0.4, [0, 0, 1, 1, 2])).toBe('class_with_one_row');
    expect(fault(6, 0.2, [0, 0, 1, 1, 2, 2])).toBe('more_classes_than_rows');
    expect(fault(6, 0.5, [0, 0, 1, 1, 2, 2])).toBe('none');
  });
});
