import { product } from '../products.js';
import type { RandomState } from '../random-state.js';
import type { Matrix, MlpParams, MlpState } from '../types.js';
import { allFinite, at } from '../vector.js';
import { type Activation, activate, toProbabilities } from './activations.js';

/** Rows that pass through the network at a time when only its answer is wanted. */
const blockRows = 256;

/**
 * A network before its first epoch (`_init_coef`, after Glorot and Bengio): layer by layer weights, then
 * biases, uniform in +-sqrt(6 / (fan_in + fan_out)), or sqrt(2 / ...) with logistic units.
 * @param random drawn from; `partial_fit` goes on with it to shuffle the first epoch
 */
export function newNetwork(params: MlpParams, features: number, classes: number, random: RandomState): MlpState {
  const units = [features, ...params.hidden_layer_sizes, classes === 2 ? 1 : classes];
  const weights: Matrix[] = [];
  const biases: Float64Array[] = [];
  units.slice(1).forEach((columns, layer) => {
    const rows = units[layer] ?? 0;
    const bound = Math.sqrt((params.activation === 'logistic' ? 2 : 6) / (rows + columns));
    const draw = (): number => random.uniform(-bound, bound);
    weights.push({ data: Float64Array.from({ length: rows * columns }, draw), rows, columns });
    biases.push(Float64Array.from({ length: columns }, draw));
  });
  const parameters = [...weights.map((w) => w.data), ...biases];
  const velocities = parameters.map((values) => new Float64Array(values.length));
  const secondMoments = params.solver === 'adam' ? velocities.map((values) => values.slice()) : [];
  return { kind: 'mlp', weights, biases, optimiser: { velocities, secondMoments, steps: 0 }, t: 0, lossCurve: [] };
}

/**
 * The values of all layers for the rows of x: x itself, each hidden layer after its activation, and the last
 * layer as it is, before logistic or softmax.
 */
export function forward(state: Pick<MlpState, 'weights' | 'biases'>, activation: Activation, x: Matrix): Matrix[] {
  const layers = [x];
  let input = x;
  state.weights.forEach((weights, layer) => {
    const output = product(input, weights);
    addToRows(output, state.biases[layer]);
    if (layer < state.weights.length - 1) activate(activation, output);
    layers.push(output);
    input = output;
  });
  return layers;
}

function addToRows(matrix: Matrix, values: Float64Array | undefined): void {
  if (!values) return;
  for (let i = 0; i < matrix.rows; i += 1) {
    for (let j = 0; j < matrix.columns; j += 1) {
      matrix.data[i * matrix.columns + j] = at(matrix.data, i * matrix.columns + j) + at(values, j);
    }
  }
}

/** Outputs of the last layer before logistic or softmax, a row of x each; hidden layers exist for a block at a time. */
export function networkDecision(state: MlpState, activation: Activation, x: Matrix): Matrix {
  const columns = state.weights.at(-1)?.columns ?? 0;
  const data = new Float64Array(x.rows * columns);
  for (let start = 0; start < x.rows; start += blockRows) {
    const rows = Math.min(blockRows, x.rows - start);
    const block = { data: x.data.subarray(start * x.columns, (start + rows) * x.columns), rows, columns: x.columns };
    const output = forward(state, activation, block).at(-1);
    if (output) data.set(output.data, start * columns);
  }
  return { data, rows: x.rows, columns };
}

/** Probabilities of the last layer: one column for two classes, else one a class. */
export function networkProbabilities(decision: Matrix): Matrix {
  const probabilities = { ...decision, data: decision.data.slice() };
  toProbabilities(probabilities);
  return probabilities;
}

export function networkIsFinite(state: MlpState): boolean {
  return state.weights.every((w) => allFinite(w.data)) && state.biases.every(allFinite);
}
