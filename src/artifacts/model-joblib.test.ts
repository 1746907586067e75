import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import type { EstimatorSpec, EstimatorState, FittedEstimator, FittedPreprocessing, Matrix } from '../learn/types.js';
import { modelJoblib } from './model-joblib.js';

const python = findPython();
const directory = mkdtempSync(join(tmpdir(), 'zincir-models-'));
afterAll(() => rmSync(directory, { recursive: true }));
const program = (name: string) => readFileSync(new URL(`./oracle/${name}`, import.meta.url), 'utf8');
const examples = fileURLToPath(new URL('../../examples', import.meta.url));

/** What `fit-models.py` prints of a model that scikit-learn trained; arrays are nested lists. */
type Case = FittedPreprocessing & {
  name: string;
  model: string;
  state:
    | { kind: 'linear'; coef: number[][]; intercept: number[]; t: number }
    | { kind: 'mlp'; weights: number[][][]; biases: number[][]; t: number; lossCurve: number[] };
  classWeights: number[] | null;
};

const matrix = (rows: number[][]): Matrix => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
});

function stateOf(state: Case['state']): EstimatorState {
  if (state.kind === 'linear') {
    return { kind: 'linear', coef: matrix(state.coef), intercept: Float64Array.from(state.intercept), t: state.t };
  }
  return {
    kind: 'mlp',
    weights: state.weights.map(matrix),
    biases: state.biases.map((bias) => Float64Array.from(bias)),
    optimiser: { velocities: [], secondMoments: [], steps: 0 },
    t: state.t,
    lossCurve: state.lossCurve,
  };
}

const fittedOf = (known: Case & EstimatorSpec): FittedEstimator => ({
  spec: known,
  classes: known.classes,
  features: known.featureNames.length,
  state: stateOf(known.state),
  classWeights: known.classWeights === null ? null : Float64Array.from(known.classWeights),
});

describe.skipIf(python === null)(`models in Python (${pythonMissing})`, () => {
  it('every estimator answers from the raw table what scikit-learn answers, and trains on alike', () => {
    const cases = runPython<(Case & EstimatorSpec)[]>(python ?? '', program('fit-models.py'), {
      examples,
      out: directory,
    });
    expect(cases).toHaveLength(56);
    const written = cases.map((known, index) => {
      const file = join(directory, `${index}.joblib`);
      writeFileSync(file, modelJoblib(fittedOf(known), known, {}));
      return { ...known, file };
    });
    const results = runPython<Record<string, boolean | number>[]>(python ?? '', program('check-models.py'), written);
    results.forEach(({ difference, after, untouched, ...checks }, index) => {
      const name = `${cases[index]?.name}, ${cases[index]?.model} (${index})`;
      const failed = Object.keys(checks).filter((check) => checks[check] !== true);
      expect({ name, failed }).toEqual({ name, failed: [] });
      expect(difference, name).toBeLessThan(1e-12);
      expect(after, name).toBeLessThan(1e-12);
      expect(untouched, name).toBe(0);
    });
  }, 240_000);
});
