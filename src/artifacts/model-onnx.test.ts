import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPython, onnxMissing, runPython } from '../../test/support/python.js';
import type { ClassLabels, FittedEstimator, FittedPreprocessing } from '../learn/types.js';
import { modelJoblib } from './model-joblib.js';
import { modelOnnx } from './model-onnx.js';
import { fittedModels, linear, network, oddTable, preprocessing, wideTable } from './oracle/odd-models.js';
import { byteFields, messages, readProtobuf, texts } from './oracle/read-protobuf.js';

const meta = { dataset: { fileName: 'odd.csv', sha256: 'ab' }, params: { epochs: 3 } };

function written(fitted: FittedEstimator, transforms: FittedPreprocessing): Uint8Array {
  const bytes = modelOnnx(fitted, transforms, meta);
  if (bytes === null) throw new Error('too long');
  return bytes;
}

describe('structure', () => {
  const all = preprocessing(oddTable.numeric, oddTable.categorical);
  const bytes = written(network(all, ['a', 'b', 'ç'], 'logistic'), all);
  const model = readProtobuf(bytes);
  const [graph = new Map()] = messages(model, 7);

  it('a file says which versions it needs, who wrote it and from what', () => {
    expect(model.get(1)).toEqual([8]);
    expect(texts(model, 2)).toEqual(['zincir']);
    expect(messages(model, 8).map((opset) => [texts(opset, 1)[0], opset.get(2)?.[0]])).toEqual([
      ['', 15],
      ['ai.onnx.ml', 3],
    ]);
    expect(Object.fromEntries(messages(model, 14).map((entry) => [texts(entry, 1)[0], texts(entry, 2)[0]]))).toEqual({
      dataset: '{"fileName":"odd.csv","sha256":"ab"}',
      params: '{"epochs":3}',
      model: 'MLP',
      classes: '["a","b","ç"]',
    });
  });

  it('every operator reads what stands before it, and no name is given twice', () => {
    const named = [
      ...messages(graph, 11).flatMap((input) => texts(input, 1)),
      ...messages(graph, 5).flatMap((constant) => texts(constant, 8)),
    ];
    const known = new Set(named);
    for (const node of messages(graph, 1)) {
      for (const input of texts(node, 1)) expect(known).toContain(input);
      named.push(...texts(node, 2));
      for (const output of texts(node, 2)) known.add(output);
    }
    expect(named).toHaveLength(known.size);
    for (const output of messages(graph, 12).flatMap((one) => texts(one, 1))) expect(known).toContain(output);
  });

  it('inputs are the used columns in file order, under their names; outputs make way for them', () => {
    expect(messages(graph, 11).flatMap((input) => texts(input, 1))).toEqual(
      all.inputColumns.filter((column) => column !== 'unused'),
    );
    expect(messages(graph, 12).flatMap((output) => texts(output, 1))).toEqual(['label_', 'probabilities']);
  });

  it('weights lie in the file as they are', () => {
    const transforms = preprocessing(oddTable.numeric.slice(0, 1), []);
    const { state, ...fitted } = linear(transforms, 'LR', ['a', 'b']);
    if (state.kind !== 'linear') throw new Error('not linear');
    const [own = new Map()] = messages(readProtobuf(written({ ...fitted, state }, transforms)), 7);
    const raw = messages(own, 5).flatMap((constant) => byteFields(constant, 9).map((one) => Buffer.from(one)));
    expect(raw).toContainEqual(Buffer.from(Float64Array.from(state.coef.data).buffer));
  });

  it('the same model is written as the same bytes', () => {
    expect(Buffer.from(written(network(all, ['a', 'b', 'ç'], 'logistic'), all)).equals(bytes)).toBe(true);
  });

  it('a file longer than readers take is not made', () => {
    const fitted = linear(all, 'LR', ['a', 'b']);
    const { length } = written(fitted, all);
    expect(modelOnnx(fitted, all, meta, length)).toHaveLength(length);
    expect(modelOnnx(fitted, all, meta, length - 1)).toBeNull();
  });

  it('a state of another kind of model is refused', () => {
    const fitted = linear(all, 'LR', ['a', 'b']);
    const { state } = network(all, ['a', 'b'], 'relu');
    expect(() => modelOnnx({ ...fitted, state }, all, {})).toThrow('LR cannot have a mlp state');
  });
});

interface Answer {
  inputs: [string, string][];
  outputs: [string, string, (string | number)[]][];
  metadata: Record<string, string>;
  producer: string;
  rows?: number;
  wrongLabels?: number;
  labelType?: string;
  difference?: number;
  labels?: (string | number)[];
  values?: number[][];
}

const python = findPython('onnx', 'onnxruntime');
const directory = mkdtempSync(join(tmpdir(), 'zincir-onnx-'));
afterAll(() => rmSync(directory, { recursive: true }));
const program = readFileSync(new URL('./oracle/check-onnx.py', import.meta.url), 'utf8');

interface Case {
  name: string;
  fitted: FittedEstimator;
  transforms: FittedPreprocessing;
  csv: string;
  /** Whether scikit-learn is asked too. */
  compared: boolean;
}

function inPython(cases: Case[]): Answer[] {
  return runPython<Answer[]>(
    python ?? '',
    program,
    cases.map(({ fitted, transforms, csv, compared }, index) => {
      const file = (suffix: string) => join(directory, `${index}.${suffix}`);
      writeFileSync(file('onnx'), written(fitted, transforms));
      writeFileSync(file('joblib'), modelJoblib(fitted, transforms, {}));
      writeFileSync(file('csv'), csv);
      return { onnx: file('onnx'), joblib: compared ? file('joblib') : null, csv: file('csv') };
    }),
  );
}

const { numeric, categorical } = oddTable;
const subsets: Record<string, FittedPreprocessing> = {
  'every kind of column': preprocessing(numeric, categorical),
  'one number': preprocessing(numeric.slice(0, 1), []),
  'nothing scaled': preprocessing(
    numeric.map((transform) => ({ ...transform, standard: null })),
    [],
  ),
  'texts alone': preprocessing([], categorical.slice(0, 1)),
  'numbers and booleans as categories': preprocessing([], categorical.slice(1)),
};
const classes: ClassLabels[] = [
  ['hayır', 'evet'],
  [-3, 9_007_199_254_740_991],
  ['ağaç', 'çiçek', '木', '🌳'],
  [0, 1, 7],
];

describe.skipIf(python === null)(`in ONNX Runtime (${onnxMissing})`, () => {
  it('every model on every kind of table answers what scikit-learn answers', () => {
    const cases = Object.entries(subsets).flatMap(([table, transforms]) =>
      classes.flatMap((labels) =>
        fittedModels(transforms, labels).map(([model, fitted]) => ({
          name: `${model} of ${labels} on ${table}`,
          fitted,
          transforms,
          csv: oddTable.csv,
          compared: true,
        })),
      ),
    );
    expect(cases).toHaveLength(5 * 4 * 8);
    inPython(cases).forEach((answer, index) => {
      const { name, fitted } = cases[index] ?? {};
      const label = typeof fitted?.classes[0] === 'number' ? 'int64' : 'object';
      expect({ name, ...answer }).toMatchObject({
        name,
        producer: 'zincir',
        rows: 10,
        wrongLabels: 0,
        labelType: label,
      });
      expect(answer.difference, name).toBeLessThan(1e-12);
    });
  }, 120_000);

  it('thousands of columns and of categories are a valid graph', () => {
    const { csv, transforms } = wideTable();
    const fitted = linear(transforms, 'LR', ['a', 'b', 'c']);
    const [answer] = inPython([{ name: 'wide', fitted, transforms, csv, compared: true }]);
    expect(answer?.inputs).toHaveLength(3200);
    expect(answer).toMatchObject({ rows: 3, wrongLabels: 0 });
    expect(answer?.difference).toBeLessThan(1e-12);
  }, 120_000);

  it('inputs, outputs and metadata are what the documentation says', () => {
    const transforms = preprocessing(numeric, categorical);
    const [svm, per] = inPython([
      { name: 'SVM', fitted: linear(transforms, 'SVM', [1, 2, 3]), transforms, csv: oddTable.csv, compared: true },
      { name: 'PER', fitted: linear(transforms, 'PER', ['a', 'b']), transforms, csv: oddTable.csv, compared: true },
    ]);
    expect(svm?.inputs).toEqual([
      ['label', 'tensor(double)'],
      ['a flag', 'tensor(double)'],
      ['ölçü "c"', 'tensor(double)'],
      ['Gemm_12', 'tensor(double)'],
      ['şehir', 'tensor(string)'],
      ['grade', 'tensor(double)'],
      ['word', 'tensor(double)'],
    ]);
    expect(svm?.outputs).toEqual([
      ['label_', 'tensor(int64)', ['N']],
      ['scores', 'tensor(double)', ['N', 3]],
    ]);
    expect(per?.outputs).toEqual([
      ['label_', 'tensor(string)', ['N']],
      ['scores', 'tensor(double)', ['N']],
    ]);
    expect(svm?.metadata).toEqual({
      dataset: '{"fileName":"odd.csv","sha256":"ab"}',
      params: '{"epochs":3}',
      model: 'SVM',
      classes: '[1,2,3]',
    });
  });

  it('equal scores decide for the first class, and probabilities that are all 0 are equal ones', () => {
    const transforms = preprocessing(numeric.slice(0, 1), []);
    const flat = (labels: ClassLabels, intercept: number): Case => {
      const fitted = linear(transforms, 'LR', labels);
      if (fitted.state.kind !== 'linear') throw new Error('not linear');
      const { coef } = fitted.state;
      const state = {
        ...fitted.state,
        coef: { ...coef, data: new Float64Array(coef.data.length) },
        intercept: new Float64Array(coef.rows).fill(intercept),
      };
      return { name: 'flat', fitted: { ...fitted, state }, transforms, csv: oddTable.csv, compared: false };
    };
    const [two, three, none] = inPython([flat(['a', 'b'], 0), flat(['a', 'b', 'c'], 0), flat(['a', 'b', 'c'], -800)]);
    expect(two).toMatchObject({ labels: Array(10).fill('a'), values: Array(10).fill([0.5, 0.5]) });
    const third = Array(10).fill([1 / 3, 1 / 3, 1 / 3]);
    expect(three).toMatchObject({ labels: Array(10).fill('a'), values: third });
    expect(none).toMatchObject({ labels: Array(10).fill('a'), values: third });
  });
});
