import { logistic } from './mlp/activations.js';
import type { Matrix } from './types.js';
import { at, intAt } from './vector.js';

/**
 * Class codes from decisions: one column decides between two classes by `> 0`, more by the largest, the
 * first of equals.
 * @param boundary what a single column must exceed: 0 for decisions, 0.5 for probabilities
 */
export function chooseClasses(decision: Matrix, boundary: number): Int32Array {
  const { data, rows, columns } = decision;
  const codes = new Int32Array(rows);
  for (let i = 0; i < rows; i += 1) {
    if (columns === 1) codes[i] = at(data, i) > boundary ? 1 : 0;
    else codes[i] = largestOf(data, i * columns, columns);
  }
  return codes;
}

function largestOf(data: Float64Array, start: number, columns: number): number {
  let best = 0;
  for (let k = 1; k < columns; k += 1) if (at(data, start + k) > at(data, start + best)) best = k;
  return best;
}

/** Share of rows predicted as they are. */
export function accuracy(truth: Int32Array, predicted: Int32Array): number {
  let hits = 0;
  for (let i = 0; i < truth.length; i += 1) if (intAt(truth, i) === intAt(predicted, i)) hits += 1;
  return hits / truth.length;
}

/**
 * Probabilities of each class from one-vs-rest decisions (`_predict_proba_lr`): the logistic function of
 * each, and with more than two classes each row divided by its sum (all 0: the classes are equally likely).
 */
export function oneVsRestProbabilities(decision: Matrix): Matrix {
  if (decision.columns === 1) return bothColumns({ ...decision, data: decision.data.map(logistic) });
  const { rows, columns } = decision;
  const data = decision.data.map(logistic);
  for (let i = 0; i < rows; i += 1) {
    let sum = 0;
    for (let k = 0; k < columns; k += 1) sum += at(data, i * columns + k);
    for (let k = 0; k < columns; k += 1) {
      data[i * columns + k] = sum === 0 ? 1 / columns : at(data, i * columns + k) / sum;
    }
  }
  return { data, rows, columns };
}

/** Probabilities of two classes from the second's. */
export function bothColumns(positive: Matrix): Matrix {
  const data = new Float64Array(positive.rows * 2);
  for (let i = 0; i < positive.rows; i += 1) {
    const p = at(positive.data, i);
    data[2 * i] = 1 - p;
    data[2 * i + 1] = p;
  }
  return { data, rows: positive.rows, columns: 2 };
}

/** Mean of -log of the true class's probability, clipped to [eps, 1 - eps] (`sklearn.metrics.log_loss` of all classes). */
export function logLoss(truth: Int32Array, probabilities: Matrix): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i += 1) {
    const p = at(probabilities.data, i * probabilities.columns + intAt(truth, i));
    sum -= Math.log(Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON));
  }
  return sum / truth.length;
}

/**
 * Mean of `max(0, 1 - margin)` (`sklearn.metrics.hinge_loss` with all classes as labels). Two classes: the
 * margin is y p with y = +-1, also when only one of them occurs. More: the true class's decision minus the
 * largest other (Crammer and Singer, 2001).
 */
export function hingeLoss(truth: Int32Array, decision: Matrix): number {
  const { data, columns } = decision;
  let sum = 0;
  for (let i = 0; i < truth.length; i += 1) {
    const code = intAt(truth, i);
    const margin =
      columns === 1 ? (code === 1 ? at(data, i) : -at(data, i)) : crammerSinger(data, i * columns, columns, code);
    sum += Math.max(0, 1 - margin);
  }
  return sum / truth.length;
}

function crammerSinger(data: Float64Array, start: number, columns: number, code: number): number {
  let rival = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < columns; k += 1) if (k !== code) rival = Math.max(rival, at(data, start + k));
  return at(data, start + code) - rival;
}
