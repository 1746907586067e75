/** Runs our numerics on a case of `test/oracle/learn_oracle.py`, and lists where the answers disagree. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  classFigures,
  confusionMatrix,
  createTrainer,
  decisionFunction,
  predict,
  predictProba,
  standardise,
  trainTestSplit,
} from '../../src/learn/index.js';
import type { ClassLabels, EpochScores, EstimatorSpec, FittedEstimator, Matrix } from '../../src/learn/types.js';

export interface OracleCase {
  readonly data: { csv: string; scale: boolean } | { x: number[][]; y: number[] };
  readonly split: { testSize: number; randomState: number; stratify?: boolean };
  readonly model: EstimatorSpec['model'];
  readonly params: EstimatorSpec['params'];
  readonly epochs: number;
}

export interface OracleAnswer {
  readonly train: number[];
  readonly test: number[];
  readonly scaler?: { mean: number[]; variance: number[]; scale: number[] };
  readonly classWeights?: number[];
  readonly epochs: EpochScores[];
  readonly coef?: number[];
  readonly intercept?: number[];
  readonly decision?: number[];
  readonly weights?: number[][];
  readonly biases?: number[][];
  readonly lossCurve?: number[];
  readonly proba?: number[];
  readonly predicted: number[];
  readonly confusion: number[][];
  /** Precision, recall, F1, support. */
  readonly figures: number[][];
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The program that the live comparison runs (from the root of the repository). */
export const oracleProgram = (): string => readFileSync(`${root}test/oracle/learn_oracle.py`, 'utf8');

const columnOf = ({ data, rows, columns }: Matrix, j: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => data[i * columns + j] ?? 0);

function takeRows({ data, columns }: Matrix, rows: Int32Array): Matrix {
  const taken = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return { data: taken, rows: rows.length, columns };
}

/** Reads a complete, unquoted example; the last column is the target. */
function readExample(name: string): { x: Matrix; y: Int32Array; classes: ClassLabels } {
  const [, ...lines] = readFileSync(`${root}examples/${name}.csv`, 'utf8').trim().split('\n');
  const records = lines.map((line) => line.trim().split(','));
  const columns = (records[0]?.length ?? 1) - 1;
  const targets = records.map((record) => record[columns] ?? '');
  const numeric = targets.every((target) => /^-?\d+$/.test(target));
  const labels = [...new Set(targets)].sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
  const data = Float64Array.from(records.flatMap((record) => record.slice(0, columns).map(Number)));
  const y = Int32Array.from(targets, (target) => labels.indexOf(target));
  return { x: { data, rows: records.length, columns }, y, classes: numeric ? labels.map(Number) : labels };
}

function rowsOf({ data }: OracleCase): { x: Matrix; y: Int32Array; classes: ClassLabels } {
  if ('csv' in data) return readExample(data.csv);
  const y = Int32Array.from(data.y);
  const x = { data: Float64Array.from(data.x.flat()), rows: data.x.length, columns: data.x[0]?.length ?? 0 };
  return { x, y, classes: Array.from({ length: Math.max(...y) + 1 }, (_, k) => k) };
}

/** Split and scaled as the oracle does. */
function prepared(oracleCase: OracleCase) {
  const { x, y, classes } = rowsOf(oracleCase);
  const { testSize, randomState, stratify } = oracleCase.split;
  const split = trainTestSplit({
    rows: x.rows,
    testSize,
    randomState,
    ...(stratify ? { stratify: { y, classes: classes.length } } : {}),
  });
  const part = (rows: Int32Array) => ({ x: takeRows(x, rows), y: rows.map((row) => y[row] ?? 0) });
  const train = part(split.train);
  const validation = part(split.test);
  const scale = 'csv' in oracleCase.data && oracleCase.data.scale;
  const scalers = scale ? Array.from({ length: x.columns }, (_, j) => standardise(columnOf(train.x, j))) : [];
  for (const { x: matrix } of [train, validation]) {
    scalers.forEach(({ mean, scale: divisor }, j) => {
      for (let i = j; i < matrix.data.length; i += matrix.columns) {
        matrix.data[i] = ((matrix.data[i] ?? 0) - mean) / divisor;
      }
    });
  }
  // The model and its parameters come from one JSON case, whose author pairs them.
  const spec = { model: oracleCase.model, params: oracleCase.params } as EstimatorSpec;
  return { spec, classes, split, scalers, train, validation };
}

/** Our answer to the case. */
export function ourAnswer(
  oracleCase: OracleCase,
  kernels: 'auto' | 'plain' = 'auto',
): OracleAnswer & { fitted: FittedEstimator } {
  const { spec, classes, split, scalers, train, validation } = prepared(oracleCase);
  const trainer = createTrainer({ spec, classes, train, validation, kernels });
  const epochs = Array.from({ length: oracleCase.epochs }, () => trainer.epoch());
  const fitted = trainer.fitted();
  const predicted = predict(fitted, validation.x);
  const confusion = confusionMatrix(validation.y, predicted, classes.length);
  const figures = classFigures(confusion);
  const { state } = fitted;
  const proba = predictProba(fitted, validation.x);
  return {
    fitted,
    train: [...split.train],
    test: [...split.test],
    scaler: {
      mean: scalers.map((s) => s.mean),
      variance: scalers.map((s) => s.variance),
      scale: scalers.map((s) => s.scale),
    },
    ...(fitted.classWeights ? { classWeights: [...fitted.classWeights] } : {}),
    epochs,
    ...(state.kind === 'linear'
      ? {
          coef: [...state.coef.data],
          intercept: [...state.intercept],
          decision: [...decisionFunction(fitted, validation.x).data],
        }
      : {
          weights: state.weights.map((w) => [...w.data]),
          biases: state.biases.map((b) => [...b]),
          lossCurve: [...state.lossCurve],
        }),
    ...(proba ? { proba: [...proba.data] } : {}),
    predicted: [...predicted],
    confusion,
    figures: [
      figures.map((f) => f.precision),
      figures.map((f) => f.recall),
      figures.map((f) => f.f1),
      figures.map((f) => f.support),
    ],
  };
}

/** How far figures may differ, relative to their size; everything else must be equal to the last bit. */
interface Tolerances {
  readonly weights: number;
  readonly losses: number;
}
const contract = {
  linear: { weights: 1e-9, losses: 1e-9 },
  mlp: { weights: 1e-6, losses: 1e-6 },
} as const;

/** One sentence for each figure of `theirs` that `ours` does not meet; empty: they agree. */
export function disagreements(ours: OracleAnswer, theirs: OracleAnswer, tolerances?: Tolerances): string[] {
  const { weights, losses } = tolerances ?? (theirs.coef ? contract.linear : contract.mlp);
  const found: string[] = [];
  const same = (name: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b)) found.push(`${name} differ`);
  };
  const close = (name: string, a: readonly number[] = [], b: readonly number[] = [], tolerance: number): void => {
    if (a.length !== b.length) found.push(`${name}: ${a.length} values for ${b.length}`);
    // Decisions, and weights of a network, may cancel to nearly 0: they are measured by the largest of their list.
    const size = name === 'coefficients' ? 0 : b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const worst = a.reduce((largest, value, i) => {
      const expected = b[i] ?? Number.NaN;
      return value === expected
        ? largest
        : Math.max(largest, Math.abs(value - expected) / Math.max(size, Math.abs(expected)));
    }, 0);
    if (!(worst <= tolerance)) found.push(`${name} differ by ${worst}`);
  };
  same('training rows', ours.train, theirs.train);
  same('test rows', ours.test, theirs.test);
  if (theirs.scaler) same('scalers', ours.scaler, theirs.scaler);
  if (theirs.classWeights) same('class weights', ours.classWeights, theirs.classWeights);
  theirs.epochs.forEach((epoch, i) => {
    for (const part of ['train', 'validation'] as const) {
      same(`${part} accuracy of epoch ${i + 1}`, ours.epochs[i]?.[part].accuracy, epoch[part].accuracy);
      close(`${part} loss of epoch ${i + 1}`, [ours.epochs[i]?.[part].loss ?? Number.NaN], [epoch[part].loss], losses);
    }
  });
  if (theirs.coef) {
    close('coefficients', ours.coef, theirs.coef, weights);
    close('intercepts', ours.intercept, theirs.intercept, weights);
    close('decisions', ours.decision, theirs.decision, weights);
  }
  theirs.weights?.forEach((layer, i) => {
    close(`weights of layer ${i + 1}`, ours.weights?.[i], layer, weights);
    close(`biases of layer ${i + 1}`, ours.biases?.[i], theirs.biases?.[i], weights);
  });
  if (theirs.lossCurve) close('loss curve', ours.lossCurve, theirs.lossCurve, losses);
  if (theirs.proba) close('probabilities', ours.proba, theirs.proba, weights);
  same('predictions', ours.predicted, theirs.predicted);
  same('confusion', ours.confusion, theirs.confusion);
  theirs.figures.forEach((list, i) => {
    close(`figures ${i + 1}`, ours.figures[i], list, 1e-15);
  });
  return found;
}
