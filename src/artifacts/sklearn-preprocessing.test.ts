import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import type {
  CategoricalTransform,
  FittedEstimator,
  FittedPreprocessing,
  MlpParams,
  NumericTransform,
  SgdParams,
} from '../learn/types.js';
import { modelJoblib } from './model-joblib.js';
import { disassemble, globalsOf } from './oracle/disassemble.js';

/**
 * A table with every kind of column. The transforms are fitted by hand on the first six rows; the last two are
 * new: a gap in every column that can have one, and texts and numbers never seen.
 */
const csv = `a,flag,c,gap flag,whole flag,f,town,grade,word,unused
1,true,10,True,true,0.5,Ankara,1,TRUE,x
2,false,20,False,true,0.5,İzmir,2,FALSE,x
,true,30,True,false,1.5,Ankara,2,TRUE,y
4,true,,True,false,1.5,,7,TRUE,y
5,false,50,False,true,2.5,Bursa,2,FALSE,z
3,true,40,,true,2.5,Ankara,1,TRUE,z
9,false,60,True,false,9.5,Rize,3,FALSE,z
,true,,,true,,,,TRUE,
`;

const standard = (values: number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance, scale: Math.sqrt(variance) };
};
const a: NumericTransform = {
  column: 'a',
  impute: 'median',
  fill: 3,
  boolean: false,
  standard: standard([1, 2, 3, 4, 5, 3]),
};
const flag: NumericTransform = {
  column: 'flag',
  impute: 'median',
  fill: 1,
  boolean: true,
  standard: standard([1, 0, 1, 1, 0, 1]),
};
const c: NumericTransform = { column: 'c', impute: 'mean', fill: 30, boolean: false, standard: null };
const gapFlag: NumericTransform = {
  column: 'gap flag',
  impute: 'most_frequent',
  fill: 1,
  boolean: true,
  standard: standard([1, 0, 1, 1, 0, 1]),
};
const wholeFlag: NumericTransform = {
  column: 'whole flag',
  impute: 'most_frequent',
  fill: 1,
  boolean: true,
  standard: standard([1, 1, 0, 0, 1, 1]),
};
const f: NumericTransform = {
  column: 'f',
  impute: 'median',
  fill: 1.5,
  boolean: false,
  standard: standard([0.5, 0.5, 1.5, 1.5, 2.5, 2.5]),
};
const town: CategoricalTransform = { column: 'town', fill: 'Ankara', categories: ['Ankara', 'Bursa', 'İzmir'] };
const grade: CategoricalTransform = { column: 'grade', fill: 2, categories: [1, 2, 7] };
const word: CategoricalTransform = { column: 'word', fill: 1, categories: [0, 1] };

const cells = csv
  .trimEnd()
  .split('\n')
  .map((line) => line.split(','));
const inputColumns = cells[0] ?? [];
const rows = cells.slice(1);

/** The transforms by their definition, one cell after another. */
function features({ numeric, categorical }: FittedPreprocessing): number[][] {
  const cell = (row: string[], column: string) => row[inputColumns.indexOf(column)] ?? '';
  return rows.map((row) => [
    ...numeric.map(({ column, fill, standard: rule, boolean }) => {
      const text = cell(row, column);
      const value = text === '' ? fill : boolean ? Number(/^true$/i.test(text)) : Number(text);
      return rule === null ? value : (value - rule.mean) / rule.scale;
    }),
    ...categorical.flatMap(({ column, fill, categories }) => {
      const text = (cell(row, column) || String(fill)).replace(/^true$/i, '1').replace(/^false$/i, '0');
      return categories.map((category) => Number(String(category) === text));
    }),
  ]);
}

function preprocessing(numeric: NumericTransform[], categorical: CategoricalTransform[]): FittedPreprocessing {
  const blocks = categorical.flatMap(({ column, categories }) => categories.map((category) => `${column}_${category}`));
  return {
    numeric,
    categorical,
    inputColumns,
    target: 'y',
    classes: ['no', 'yes'],
    fittedRows: 6,
    featureNames: [...numeric.map(({ column }) => column), ...blocks],
  };
}

const sgd: SgdParams = {
  learning_rate: 0.01,
  learning_rate_schedule: 'constant',
  power_t: 0.5,
  penalty: 'l2',
  alpha: 0.0001,
  l1_ratio: 0.15,
  class_weight: null,
  random_state: 42,
};

/** A linear model whose weight of feature i is 1 / (i + 1), with intercept -0.5. */
const linear = (width: number): FittedEstimator => ({
  spec: { model: 'LR', params: sgd },
  classes: ['no', 'yes'],
  features: width,
  state: {
    kind: 'linear',
    coef: { data: Float64Array.from({ length: width }, (_, index) => 1 / (index + 1)), rows: 1, columns: width },
    intercept: Float64Array.of(-0.5),
    t: 61,
  },
  classWeights: null,
});

const all = preprocessing([a, flag, c, gapFlag, wholeFlag, f], [town, grade, word]);

describe('structure', () => {
  const operations = disassemble(modelJoblib(linear(all.featureNames.length), all, { zincir: '0.1.0' }));

  it('a file starts with a JSON header that is no part of the object', () => {
    expect(operations.slice(0, 3).map(({ name }) => name)).toEqual(['PROTO', 'BINUNICODE', 'POP']);
    expect(JSON.parse(String(operations[1]?.argument))).toEqual({
      format: 'zincir-model',
      version: 1,
      scikitLearn: '1.2.1 to 1.9.1',
      model: 'LR',
      meta: { zincir: '0.1.0' },
    });
  });

  it('only public names of numpy and scikit-learn are asked for', () => {
    expect(globalsOf(operations)).toEqual([
      'builtins.slice',
      'numpy.asarray',
      'numpy.dtype',
      'numpy.float64',
      'numpy.int64',
      'numpy.ndarray',
      'sklearn.__version__',
      'sklearn.compose.ColumnTransformer',
      'sklearn.impute.SimpleImputer',
      'sklearn.linear_model.SGDClassifier',
      'sklearn.pipeline.Pipeline',
      'sklearn.preprocessing.FunctionTransformer',
      'sklearn.preprocessing.OneHotEncoder',
      'sklearn.preprocessing.StandardScaler',
    ]);
  });

  it('the same model is written as the same bytes', () => {
    const write = () => Buffer.from(modelJoblib(linear(all.featureNames.length), all, {}));
    expect(write().equals(write())).toBe(true);
  });

  it('a state of another kind of model is refused', () => {
    const fitted = linear(3);
    expect(() => modelJoblib({ ...fitted, spec: { model: 'MLP', params: mlpParams } }, all, {})).toThrow(
      'MLP cannot have a linear state',
    );
  });
});

const mlpParams: MlpParams = {
  learning_rate: 0.01,
  batch_size: 32,
  hidden_layer_sizes: [2],
  activation: 'tanh',
  solver: 'adam',
  momentum: 0.9,
  alpha: 0.0001,
  random_state: 1,
};

const python = findPython();
const directory = mkdtempSync(join(tmpdir(), 'zincir-preprocessing-'));
afterAll(() => rmSync(directory, { recursive: true }));
const program = readFileSync(new URL('./oracle/check-features.py', import.meta.url), 'utf8');

interface Answer {
  features: number[][];
  names: string[];
  labels: (string | number)[];
  blocks: [string, string[]][];
  dtype: string;
  refit: number[][];
  decision_function?: number[];
  predict_proba?: number[][];
}

function inPython(models: (readonly [FittedEstimator, FittedPreprocessing])[]): Answer[] {
  const table = join(directory, 'table.csv');
  writeFileSync(table, csv);
  const cases = models.map(([fitted, transforms], index) => {
    const file = join(directory, `${index}.joblib`);
    writeFileSync(file, modelJoblib(fitted, transforms, {}));
    return { file, csv: table, refit: [0, 1, 2, 3, 4, 5] };
  });
  return runPython<Answer[]>(python ?? '', program, cases);
}

function expectClose(found: readonly number[] | undefined, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs((found?.[index] ?? Number.NaN) - value)).toBeLessThan(1e-12);
  }
}

describe.skipIf(python === null)(`in Python (${pythonMissing})`, () => {
  const subsets = [
    all,
    preprocessing([a, c, f], []),
    preprocessing([], [town]),
    preprocessing([], [grade]),
    preprocessing([], [word]),
    preprocessing([wholeFlag], []),
    preprocessing([flag], []),
    preprocessing([{ ...wholeFlag, standard: null }, gapFlag], [grade, word]),
    preprocessing([{ ...c, impute: 'most_frequent', fill: 10 }], [word]),
  ];
  const network = handMadeNetwork();
  let answers: Answer[] = [];
  beforeAll(() => {
    const linears = subsets.map((subset) => [linear(subset.featureNames.length), subset] as const);
    answers = inPython([...linears, [network.fitted, network.transforms]]);
  });

  it('a raw table of every kind of column becomes the features that the definition gives, as written and as fitted anew', () => {
    subsets.forEach((subset, index) => {
      const answer = answers[index];
      const expected = features(subset);
      expect(answer?.dtype).toBe('float64');
      expectClose(answer?.features.flat(), expected.flat());
      expectClose(answer?.refit.flat(), expected.flat());
    });
  });

  it('a linear model of hand-made weights answers by its equation', () => {
    subsets.forEach((subset, index) => {
      const answer = answers[index];
      const decision = features(subset).map((row) => row.reduce((sum, value, at) => sum + value / (at + 1), -0.5));
      expectClose(answer?.decision_function, decision);
      expect(answer?.labels).toEqual(decision.map((value) => (value > 0 ? 'yes' : 'no')));
      const probabilities = decision.map((value) => 1 / (1 + Math.exp(-value)));
      expectClose(
        answer?.predict_proba?.flat(),
        probabilities.flatMap((value) => [1 - value, value]),
      );
    });
  });

  it('neighbouring numeric columns of equal options share a transformer, and the features keep file order', () => {
    expect(answers[0]?.blocks).toEqual([
      ['numeric', ['a', 'flag']],
      ['numeric_2', ['c']],
      ['numeric_3', ['gap flag', 'whole flag']],
      ['numeric_4', ['f']],
      ['categorical', ['town', 'grade', 'word']],
      ['remainder', ['unused']],
    ]);
    expect(answers[0]?.names).toEqual(all.featureNames);
  });

  it('a network of hand-made weights answers by its equation, whole labels stay whole', () => {
    const answer = answers.at(-1);
    expectClose(answer?.predict_proba?.flat(), network.probabilities.flat());
    expect(answer?.labels).toEqual(
      network.probabilities.map((row) => network.fitted.classes[row.indexOf(Math.max(...row))]),
    );
    expect(answer?.decision_function).toBeUndefined();
  });
});

/** Two inputs, two tanh units, three classes. */
function handMadeNetwork() {
  const transforms = { ...preprocessing([a, f], []), classes: [3, 5, 11] };
  const out = [
    [1, -1, 0.5],
    [-0.5, 0.75, 1],
  ];
  const fitted: FittedEstimator = {
    spec: { model: 'MLP', params: mlpParams },
    classes: transforms.classes,
    features: 2,
    state: {
      kind: 'mlp',
      weights: [
        { data: Float64Array.of(0.5, -1, 0.25, 2), rows: 2, columns: 2 },
        { data: Float64Array.from(out.flat()), rows: 2, columns: 3 },
      ],
      biases: [Float64Array.of(0.1, -0.2), Float64Array.of(0, 0.3, -0.1)],
      optimiser: { velocities: [], secondMoments: [], steps: 0 },
      t: 60,
      lossCurve: [1.2, 1.1],
    },
    classWeights: null,
  };
  const probabilities = features(transforms).map(([first = 0, second = 0]) => {
    const units = [Math.tanh(first * 0.5 + second * 0.25 + 0.1), Math.tanh(-first + second * 2 - 0.2)];
    const scores = [0, 0.3, -0.1].map(
      (bias, at) => bias + (units[0] ?? 0) * (out[0]?.[at] ?? 0) + (units[1] ?? 0) * (out[1]?.[at] ?? 0),
    );
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    return scores.map((score) => Math.exp(score) / total);
  });
  return { transforms, fitted, probabilities };
}
