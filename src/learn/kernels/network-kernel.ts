import type { LabelledRows, Learner, LearnerOptions } from '../learner.js';
import { laterOrder, startEpoch } from '../mlp/epoch.js';
import { adamRate } from '../mlp/optimiser.js';
import type { EpochScores, MlpParams, MlpState, Scores } from '../types.js';
import { KernelModule, type Pointer } from './kernel-module.js';

const activationCodes = { none: 0, relu: 1, tanh: 2, logistic: 3 } as const;
/** Rows that pass through the network at a time when they are only scored: what stays in the nearest caches. */
const blockRows = 64;

/** A part of the data in the kernels' memory. */
interface Part {
  readonly x: Pointer;
  readonly codes: Pointer;
  readonly rows: number;
}

/** One layer's parameters and what training keeps beside them; weights map `inputs` to `units`. */
interface Layer {
  readonly inputs: number;
  readonly units: number;
  readonly activation: number;
  /** Weights and biases, each with gradient, velocity (first moment) and second moment. */
  readonly weights: Parameters;
  readonly biases: Parameters;
  /** The transpose of the weights, for going back through the layer. */
  readonly transposed: Pointer;
  /** The layer's outputs for a batch, and their deltas. */
  readonly outputs: Pointer;
  readonly deltas: Pointer;
}

interface Parameters {
  readonly count: number;
  readonly values: Pointer;
  readonly gradients: Pointer;
  readonly velocities: Pointer;
  readonly secondMoments: Pointer;
}

/** Vector steps take two numbers at a time: lists of parameters are padded by a 0 that stays 0. */
const padded = (count: number): number => count + (count % 2);

/**
 * Trains a network by WebAssembly: the same operations in the same order as ../mlp/epoch.ts, but for the
 * summing of losses, the logarithm and tanh, whose last bits may differ.
 *
 * All epochs but the first visit the rows in one order, so the rows are laid out in it once, and a batch is a
 * stretch of memory; the first epoch, which has an order of its own, gathers its batches.
 *
 * @returns null where the memory or the engine has no room for it
 */
export function networkKernel(params: MlpParams, options: LearnerOptions): Learner<MlpState> | null {
  const kernels = KernelModule.open(bytesFor(params, options));
  return kernels && new NetworkKernel(kernels, params, options);
}

function unitsOf(params: MlpParams, features: number, classes: number): number[] {
  return [features, ...params.hidden_layer_sizes, classes === 2 ? 1 : classes];
}

/** An upper bound of the memory that a kernel reserves. */
function bytesFor(params: MlpParams, { classes, train, validation }: LearnerOptions): number {
  const units = unitsOf(params, train.x.columns, classes);
  const most = Math.max(Math.min(params.batch_size, train.x.rows), blockRows);
  const data = (train.x.data.length + validation.x.data.length) * 8 + (train.x.rows * 2 + validation.x.rows) * 4;
  const parameters = units.slice(1).reduce((sum, columns, i) => sum + 5 * columns * (units[i] ?? 0) + 4 * columns, 0);
  const values = units.reduce((sum, columns) => sum + 2 * most * columns, 0);
  return data + (parameters + values) * 8 + most * 4 + units.length * 16 * 32 + 1024;
}

class NetworkKernel implements Learner<MlpState> {
  private readonly train: Part;
  private readonly validation: Part;
  /** For the first epoch: where each visited row lies. */
  private readonly order: Pointer;
  private readonly layout: Int32Array;
  private readonly batch: Part;
  private readonly layers: Layer[];
  private readonly features: number;

  constructor(
    private readonly kernels: KernelModule,
    private readonly params: MlpParams,
    private readonly options: LearnerOptions,
  ) {
    const { train, validation, classes } = options;
    this.features = train.x.columns;
    this.layout = laterOrder(params, train.x.rows);
    this.train = this.part(train, this.layout);
    this.validation = this.part(validation, null);
    this.order = kernels.reserve(train.x.rows * 4);
    const batchRows = Math.min(params.batch_size, train.x.rows);
    const x = kernels.reserve(batchRows * this.features * 8);
    this.batch = { x, codes: kernels.reserve(batchRows * 4), rows: batchRows };
    const units = unitsOf(params, this.features, classes);
    const most = Math.max(batchRows, blockRows);
    this.layers = units.slice(1).map((columns, i): Layer => {
      const inputs = units[i] ?? 0;
      const last = i === units.length - 2;
      return {
        inputs,
        units: columns,
        activation: last ? activationCodes.none : activationCodes[params.activation],
        weights: this.parameters(inputs * columns),
        biases: this.parameters(columns),
        transposed: i === 0 ? 0 : kernels.reserve(inputs * columns * 8),
        outputs: kernels.reserve(most * columns * 8),
        deltas: last ? 0 : kernels.reserve(batchRows * columns * 8),
      };
    });
  }

  next(previous: MlpState): MlpState {
    const { classes, train } = this.options;
    const { state, order } = startEpoch(this.params, classes, train.x.rows, this.features, previous);
    if (state.t === 0) this.placeFirst(order);
    this.load(state);
    let squares = state.weights.reduce((sum, { data }) => data.reduce((partial, w) => partial + w * w, sum), 0);
    let { steps } = state.optimiser;
    let loss = 0;
    for (let from = 0; from < train.x.rows; from += this.batch.rows) {
      const rows = Math.min(this.batch.rows, train.x.rows - from);
      steps += 1;
      const batchLoss =
        this.backpropagate(this.batchAt(from, rows, state.t === 0), rows) / rows +
        (0.5 * this.params.alpha * squares) / rows;
      loss += batchLoss * rows;
      squares = this.update(rows, steps);
    }
    this.unload(state);
    return {
      ...state,
      optimiser: { ...state.optimiser, steps },
      t: state.t + train.x.rows,
      lossCurve: [...state.lossCurve, loss / train.x.rows],
    };
  }

  score(state: MlpState): EpochScores {
    this.load(state);
    return { train: this.scorePart(this.train), validation: this.scorePart(this.validation) };
  }

  /** @param order lay the rows out in this order; null: as they are */
  private part({ x, y }: LabelledRows, order: Int32Array | null): Part {
    const { kernels } = this;
    return {
      x: order ? kernels.putRows(x, order) : kernels.put(x.data),
      codes: kernels.put(order ? order.map((row) => y[row] ?? 0) : y),
      rows: x.rows,
    };
  }

  private placeFirst(order: Int32Array): void {
    const places = new Int32Array(order.length);
    this.layout.forEach((row, i) => {
      places[row] = i;
    });
    this.kernels.integers(this.order, order.length).set(order.map((row) => places[row] ?? 0));
  }

  /** The rows `from` to `from + rows - 1` of the visit. */
  private batchAt(from: number, rows: number, first: boolean): Part {
    const { train, batch, features } = this;
    if (!first) return { x: train.x + from * features * 8, codes: train.codes + from * 4, rows };
    this.kernels.run.gather(train.x, train.codes, this.order, from, rows, features, batch.x, batch.codes);
    return { ...batch, rows };
  }

  private parameters(count: number): Parameters {
    const reserve = (): Pointer => this.kernels.reserve(padded(count) * 8);
    const secondMoments = this.params.solver === 'adam' ? reserve() : 0;
    return { count, values: reserve(), gradients: reserve(), velocities: reserve(), secondMoments };
  }

  /** Every list of parameters in the state's order (weights of each layer, then biases) beside its place in memory. */
  private places(state: MlpState): { ours: Parameters; values: Float64Array | undefined; index: number }[] {
    const weights = this.layers.map((layer, i) => ({ ours: layer.weights, values: state.weights[i]?.data, index: i }));
    const biases = this.layers.map((layer, i) => ({
      ours: layer.biases,
      values: state.biases[i],
      index: this.layers.length + i,
    }));
    return [...weights, ...biases];
  }

  private load(state: MlpState): void {
    const { velocities, secondMoments } = state.optimiser;
    for (const { ours, values, index } of this.places(state)) {
      const copy = (to: Pointer, from: Float64Array | undefined): void => {
        if (from && to !== 0) this.kernels.doubles(to, ours.count).set(from);
      };
      copy(ours.values, values);
      copy(ours.velocities, velocities[index]);
      copy(ours.secondMoments, secondMoments[index]);
    }
  }

  private unload(state: MlpState): void {
    const { velocities, secondMoments } = state.optimiser;
    for (const { ours, values, index } of this.places(state)) {
      values?.set(this.kernels.doubles(ours.values, ours.count));
      velocities[index]?.set(this.kernels.doubles(ours.velocities, ours.count));
      secondMoments[index]?.set(this.kernels.doubles(ours.secondMoments, ours.count));
    }
  }

  /** Values of all layers for `rows` rows at x; the last layer's lie in its `outputs`, before logistic or softmax. */
  private forward(x: Pointer, rows: number): void {
    const { run } = this.kernels;
    let input = x;
    for (const { inputs, units, activation, weights, biases, outputs } of this.layers) {
      run.multiply(input, inputs * 8, 8, weights.values, outputs, rows, units, inputs);
      run.addBiases(outputs, biases.values, rows, units, activation);
      input = outputs;
    }
  }

  /** Sums of gradients of one batch; answers the sum of its log losses. */
  private backpropagate(batch: Part, rows: number): number {
    const { run } = this.kernels;
    const { layers } = this;
    this.forward(batch.x, rows);
    let loss = 0;
    let delta: Pointer = 0;
    for (let i = layers.length - 1; i >= 0; i -= 1) {
      const layer = layers[i];
      if (!layer) break;
      const above = layers[i + 1];
      if (above) {
        run.transpose(above.weights.values, layer.units, above.units, above.transposed);
        run.multiply(delta, above.units * 8, 8, above.transposed, layer.deltas, rows, layer.units, above.units);
        run.derive(layer.outputs, layer.deltas, rows * layer.units, layer.activation);
        delta = layer.deltas;
      } else {
        loss = run.outputDelta(layer.outputs, batch.codes, rows, layer.units);
        delta = layer.outputs;
      }
      const input = layers[i - 1]?.outputs ?? batch.x;
      run.multiply(input, 8, layer.inputs * 8, delta, layer.weights.gradients, layer.inputs, layer.units, rows);
      run.columnSums(delta, rows, layer.units, layer.biases.gradients);
    }
    return loss;
  }

  /** Moves all parameters; answers the sum of the new squared weights. */
  private update(rows: number, steps: number): number {
    const { alpha } = this.params;
    let squares = 0;
    for (const { weights, biases } of this.layers) {
      squares += this.move(weights, alpha, rows, steps);
      this.move(biases, 0, rows, steps);
    }
    return squares;
  }

  private move(p: Parameters, alpha: number, rows: number, steps: number): number {
    const { run } = this.kernels;
    const { solver, momentum, learning_rate } = this.params;
    const count = padded(p.count);
    if (solver === 'sgd') {
      return run.nesterov(p.values, p.gradients, p.velocities, count, alpha, rows, momentum, learning_rate);
    }
    const rate = adamRate(learning_rate, steps);
    return run.adam(p.values, p.gradients, p.velocities, p.secondMoments, count, alpha, rows, rate);
  }

  private scorePart({ x, codes, rows }: Part): Scores {
    const { run } = this.kernels;
    const last = this.layers.at(-1);
    let hits = 0;
    let loss = 0;
    for (let from = 0; from < rows && last; from += blockRows) {
      const count = Math.min(blockRows, rows - from);
      this.forward(x + from * this.features * 8, count);
      loss += run.scoreNetwork(last.outputs, codes + from * 4, count, last.units);
      hits += run.hits();
    }
    return { accuracy: hits / rows, loss: loss / rows };
  }
}
