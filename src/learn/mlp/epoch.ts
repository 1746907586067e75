import { columnSums, productOfTransposed, productWithTransposed, zeros } from '../products.js';
import { RandomState } from '../random-state.js';
import type { Matrix, MlpParams, MlpState } from '../types.js';
import { at, intAt } from '../vector.js';
import { multiplyByDerivative, toProbabilities } from './activations.js';
import { forward, newNetwork } from './network.js';
import { updateBy } from './optimiser.js';

interface Gradients {
  /** Weights of each layer, then biases of each layer. */
  readonly parameters: readonly Float64Array[];
  /** Mean log loss of the batch with the L2 penalty, before the update. */
  readonly loss: number;
}

/**
 * One epoch of a network, the same as one `partial_fit(x, y)` of `MLPClassifier` with an int `random_state`.
 *
 * scikit-learn seeds its generator anew in every call. The first call draws the weights before it shuffles;
 * later ones only shuffle, so that their order is one and the same, and another than the first epoch's.
 *
 * @param y class codes, one a row of x
 * @returns the new state; the previous one stays as it is
 */
export function mlpEpoch(params: MlpParams, classes: number, x: Matrix, y: Int32Array, previous: MlpState): MlpState {
  const { state, order } = startEpoch(params, classes, x.rows, x.columns, previous);
  const pass = { state, steps: state.optimiser.steps, loss: 0 };
  visitBatches(params, x, y, order, pass);
  return finishEpoch(pass, x.rows);
}

/** An epoch under way: a state that is changed in place, batches so far in the whole run, and the sum of losses. */
export interface MlpPass {
  readonly state: MlpState;
  steps: number;
  loss: number;
}

/** Trains on the rows of an order, a batch at a time; the last may be smaller. */
export function visitBatches(params: MlpParams, x: Matrix, y: Int32Array, order: Int32Array, pass: MlpPass): void {
  for (let start = 0; start < order.length; start += params.batch_size) {
    const rows = order.subarray(start, start + params.batch_size);
    const gradients = backpropagate(pass.state, params, gather(x, rows), gatherCodes(y, rows));
    const parameters = [...pass.state.weights.map((w) => w.data), ...pass.state.biases];
    pass.steps += 1;
    updateBy(params, pass.steps)(parameters, gradients.parameters, pass.state.optimiser);
    pass.loss += gradients.loss * rows.length;
  }
}

/** @param rows that the epoch visited */
export function finishEpoch({ state, steps, loss }: MlpPass, rows: number): MlpState {
  return {
    ...state,
    optimiser: { ...state.optimiser, steps },
    t: state.t + rows,
    lossCurve: [...state.lossCurve, loss / rows],
  };
}

/** A state to train in place, and the order of the rows; a state that has seen no row starts with new weights. */
export function startEpoch(
  params: MlpParams,
  classes: number,
  rows: number,
  features: number,
  previous: MlpState,
): { state: MlpState; order: Int32Array } {
  if (previous.t > 0) return { state: copyOf(previous), order: laterOrder(params, rows) };
  const random = new RandomState(params.random_state);
  return { state: newNetwork(params, features, classes, random), order: random.permutation(rows) };
}

/** The order of the rows in the first epoch: that of a generator which has drawn the weights. */
export function firstOrder(params: MlpParams, classes: number, rows: number, features: number): Int32Array {
  const random = new RandomState(params.random_state);
  newNetwork(params, features, classes, random);
  return random.permutation(rows);
}

/** The order of the rows in every epoch but the first. */
export function laterOrder(params: MlpParams, rows: number): Int32Array {
  return new RandomState(params.random_state).permutation(rows);
}

/**
 * Gradients of the batch's loss by the chain rule, from the last layer back.
 *
 * The last layer's delta is probability minus target, for logistic and softmax alike; a hidden layer's is
 * `delta . W^T` times the activation's derivative. With A the layer's input and m rows:
 * gradient of W = (A^T delta + alpha W) / m, of b = mean delta; biases carry no penalty.
 */
function backpropagate(state: MlpState, params: MlpParams, x: Matrix, y: Int32Array): Gradients {
  const layers = forward(state, params.activation, x);
  const last = state.weights.length - 1;
  let delta = layers[last + 1] ?? zeros(0, 0);
  toProbabilities(delta);
  const loss = batchLoss(state, params.alpha, delta, y);
  subtractTargets(delta, y);

  const weightGradients: Float64Array[] = [];
  const biasGradients: Float64Array[] = [];
  for (let layer = last; layer >= 0; layer -= 1) {
    const input = layers[layer];
    const weights = state.weights[layer];
    if (!input || !weights) break;
    const gradient = productOfTransposed(input, delta).data;
    for (let i = 0; i < gradient.length; i += 1) {
      gradient[i] = (at(gradient, i) + params.alpha * at(weights.data, i)) / x.rows;
    }
    weightGradients.unshift(gradient);
    biasGradients.unshift(columnSums(delta).map((sum) => sum / x.rows));
    if (layer === 0) break;
    delta = productWithTransposed(delta, weights);
    multiplyByDerivative(params.activation, input, delta);
  }
  return { parameters: [...weightGradients, ...biasGradients], loss };
}

/** Mean log loss with probabilities clipped to [eps, 1 - eps], plus alpha / 2m times the squared weights. */
function batchLoss(state: MlpState, alpha: number, probabilities: Matrix, y: Int32Array): number {
  const { columns, rows } = probabilities;
  let sum = 0;
  for (let i = 0; i < rows; i += 1) {
    const code = intAt(y, i);
    const p = clipped(at(probabilities.data, columns === 1 ? i : i * columns + code));
    sum -= Math.log(columns === 1 && code === 0 ? 1 - p : p);
  }
  let squares = 0;
  for (const { data } of state.weights) for (let i = 0; i < data.length; i += 1) squares += at(data, i) * at(data, i);
  return sum / rows + (0.5 * alpha * squares) / rows;
}

const clipped = (p: number): number => Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON);

/** Takes the one-hot (two classes: 0 or 1) targets off the probabilities, in place. */
function subtractTargets(probabilities: Matrix, y: Int32Array): void {
  const { data, columns } = probabilities;
  for (let i = 0; i < y.length; i += 1) {
    const code = intAt(y, i);
    if (columns === 1) data[i] = at(data, i) - code;
    else data[i * columns + code] = at(data, i * columns + code) - 1;
  }
}

function gather(x: Matrix, rows: Int32Array): Matrix {
  const batch = zeros(rows.length, x.columns);
  rows.forEach((row, i) => {
    batch.data.set(x.data.subarray(row * x.columns, (row + 1) * x.columns), i * x.columns);
  });
  return batch;
}

const gatherCodes = (y: Int32Array, rows: Int32Array): Int32Array => rows.map((row) => intAt(y, row));

export function copyOf(state: MlpState): MlpState {
  const { velocities, secondMoments, steps } = state.optimiser;
  return {
    ...state,
    weights: state.weights.map((w) => ({ ...w, data: w.data.slice() })),
    biases: state.biases.map((b) => b.slice()),
    optimiser: {
      velocities: velocities.map((v) => v.slice()),
      secondMoments: secondMoments.map((v) => v.slice()),
      steps,
    },
  };
}
