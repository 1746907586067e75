import type { LabelledRows, Learner, LearnerOptions } from '../learner.js';
import { laterOrder, startEpoch } from '../mlp/epoch.js';
import type { EpochScores, MlpParams, MlpState, Scores } from '../types.js';
import { at } from '../vector.js';
import { Crew, type Threads } from './crew.js';
import { KernelModule, type Pointer } from './kernel-module.js';
import { type RoomShape, RowRoom } from './row-room.js';

const activationCodes = { none: 0, relu: 1, tanh: 2, logistic: 3 } as const;
/** Rows that pass through the network at a time when they are only scored: what stays in the nearest caches. */
const blockRows = 64;
/** Rows whose losses have one sum. */
export const stretchRows = 256;
/** Rows of weights whose squares have one sum. */
const bundleRows = 4;
/** A `NetworkJob` of ./assembly/network-job.ts: 15 words, and doubles from byte 64 on. */
const jobWords = 15;
const jobBytes = 96;
const trainTask = 2;
const scoreTask = 3;

/** A part of the data in the kernels' memory. */
interface Part {
  readonly rows: number;
  /** Address of this part as the module sees it. */
  readonly pointer: Pointer;
  /** A sum of losses and a number of hits for each stretch of rows. */
  readonly losses: Float64Array;
  readonly hits: Float64Array;
}

/** One layer's parameters; the module keeps the rest. */
interface Layer {
  readonly weights: Parameters;
  readonly biases: Parameters;
  readonly pointer: Pointer;
}

interface Parameters {
  readonly count: number;
  readonly pointer: Pointer;
  readonly values: Pointer;
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
 * stretch of memory; the first epoch, which has an order of its own, gathers its batches. A crew of threads shares
 * each batch (see ./assembly/network-job.ts); its size changes no number.
 *
 * @returns null where the memory or the engine has no room for it
 */
export function networkKernel(params: MlpParams, options: LearnerOptions): Learner<MlpState> | null {
  const { classes, train, validation, threads } = options;
  const shape = { classes, columns: train.x.columns, trainRows: train.x.rows, validationRows: validation.x.rows };
  const room = options.room ?? networkRoom(params, shape, threads)?.fill(train.x, validation.x);
  return room ? new NetworkKernel(room, params, options) : null;
}

/** Room for the rows, in the order that all epochs but the first have. @returns null where there is none */
export function networkRoom(params: MlpParams, shape: RoomShape, threads: Threads | undefined): RowRoom | null {
  const kernels = KernelModule.open(bytesForNetwork(params, shape, threads));
  return kernels && new RowRoom(kernels, laterOrder(params, shape.trainRows), shape);
}

function unitsOf(params: MlpParams, features: number, classes: number): number[] {
  return [features, ...params.hidden_layer_sizes, classes === 2 ? 1 : classes];
}

/** An upper bound of the memory that a kernel reserves. */
export function bytesForNetwork(params: MlpParams, shape: RoomShape, threads: Threads | undefined): number {
  const { classes, columns: features, trainRows, validationRows } = shape;
  const units = unitsOf(params, features, classes);
  const size = Math.max(1, threads?.count ?? 1);
  const batchRows = Math.min(params.batch_size, trainRows);
  const rows = trainRows + validationRows;
  const data = RowRoom.bytes(shape) + rows * 8 + (rows / stretchRows + 4) * 16;
  const parameters = units.slice(1).reduce((sum, columns, i) => sum + 6 * columns * (units[i] ?? 0) + 4 * columns, 0);
  const squares = units.reduce((sum, columns) => sum + columns, 0);
  const values = units.reduce((sum, columns) => sum + (2 * batchRows + size * blockRows) * columns, 0);
  return (
    data + (parameters + squares + values + batchRows * 2) * 8 + units.length * 512 + size * 128 + Crew.bytes + 4096
  );
}

export class NetworkKernel implements Learner<MlpState> {
  private readonly train: Part;
  private readonly validation: Part;
  /** For the first epoch: where each visited row lies. */
  private readonly order: Pointer;
  private readonly layout: Int32Array | null;
  private readonly layers: Layer[];
  protected readonly features: number;
  /** Weights of all layers. */
  protected readonly weightCount: number;
  protected readonly job: Pointer;
  protected readonly claims: Int32Array;
  protected readonly crew: Crew;

  protected readonly kernels: KernelModule;

  constructor(
    room: RowRoom,
    private readonly params: MlpParams,
    private readonly options: LearnerOptions,
  ) {
    const { train, validation, classes, threads } = options;
    const { kernels } = room;
    this.kernels = kernels;
    this.crew = new Crew(kernels, threads);
    this.features = train.x.columns;
    this.layout = room.order;
    this.train = this.part(room.train, train, room.order);
    this.validation = this.part(room.validation, validation, null);
    this.order = kernels.reserve(train.x.rows * 4);
    const batchRows = Math.min(params.batch_size, train.x.rows);
    const units = unitsOf(params, this.features, classes);
    this.layers = units.slice(1).map((columns, i) => this.layer(i, units, columns, batchRows));
    this.weightCount = this.layers.reduce((sum, { weights }) => sum + weights.count, 0);
    const { size } = this.crew;
    const claims = Math.ceil(kernels.reserve(size * 64 + 64) / 64) * 64;
    this.claims = kernels.integers(claims, size * 16);
    const scratchBytes = units.slice(1).reduce((sum, columns) => sum + blockRows * columns * 8, 0);
    const layers = [kernels.put(Int32Array.from(this.layers, ({ pointer }) => pointer)), this.layers.length];
    const parts = [this.features, this.train.pointer, this.validation.pointer, 0];
    const batch = [kernels.reserve(batchRows * this.features * 8), kernels.reserve(batchRows * 4), batchRows];
    const rest = [kernels.reserve(batchRows * 8), claims, kernels.reserve(size * scratchBytes), scratchBytes];
    this.job = kernels.reserve(jobBytes);
    const solver = [Number(params.solver === 'adam'), 0];
    kernels.integers(this.job, jobWords).set([...layers, ...parts, ...batch, ...rest, ...solver]);
    this.doubles().set([params.alpha, params.momentum, params.learning_rate]);
  }

  next(previous: MlpState): MlpState {
    const { classes, train } = this.options;
    const { state, order } = startEpoch(this.params, classes, train.x.rows, this.features, previous);
    const words = this.kernels.integers(this.job, jobWords);
    const first = state.t === 0;
    if (first) this.placeFirst(order);
    words[5] = first ? this.order : 0;
    words[14] = state.optimiser.steps;
    this.load(state);
    this.kernels.run.networkLoad(this.job);
    this.claims.fill(0);
    this.crew.work(trainTask, this.job, (train.x.rows * this.weightCount) / 4);
    this.unload(state);
    const steps = state.optimiser.steps + Math.ceil(train.x.rows / Math.min(this.params.batch_size, train.x.rows));
    return {
      ...state,
      optimiser: { ...state.optimiser, steps },
      t: state.t + train.x.rows,
      lossCurve: [...state.lossCurve, at(this.doubles(), 3) / train.x.rows],
    };
  }

  score(state: MlpState): EpochScores {
    this.load(state);
    const rows = this.train.rows + this.validation.rows;
    this.crew.work(scoreTask, this.job, (rows * this.weightCount) / 8);
    return { train: scoresOf(this.train), validation: scoresOf(this.validation) };
  }

  close(): void {
    this.crew.close();
  }

  /** Of the job: alpha, momentum, rate, and the sum of losses that an epoch leaves. */
  protected doubles(): Float64Array {
    return this.kernels.doubles(this.job + 64, 4);
  }

  private layer(index: number, units: readonly number[], columns: number, batchRows: number): Layer {
    const { kernels, params } = this;
    const inputs = units[index] ?? 0;
    const last = index === units.length - 2;
    const weights = this.parameters(inputs * columns);
    const biases = this.parameters(columns);
    const transposed = index === 0 ? 0 : kernels.reserve(inputs * columns * 8);
    const outputs = kernels.reserve(batchRows * columns * 8);
    const deltas = last ? outputs : kernels.reserve(batchRows * columns * 8);
    const squares = kernels.reserve(2 * Math.ceil(inputs / bundleRows) * 8);
    const activation = last ? activationCodes.none : activationCodes[params.activation];
    const places = [weights.pointer, biases.pointer, transposed, outputs, deltas, squares];
    return { weights, biases, pointer: kernels.put(Int32Array.of(inputs, columns, activation, ...places)) };
  }

  /** @param order that the rows lie in; null: that of the split */
  private part(rows: Pointer, { x, y }: LabelledRows, order: Int32Array | null): Part {
    const { kernels } = this;
    const stretches = Math.ceil(x.rows / stretchRows);
    const codes = kernels.put(order ? order.map((row) => y[row] ?? 0) : y);
    const [losses, hits] = [kernels.reserve(stretches * 8), kernels.reserve(stretches * 8)];
    const pointer = kernels.put(Int32Array.of(rows, codes, x.rows, losses, hits));
    const sums = { losses: kernels.doubles(losses, stretches), hits: kernels.doubles(hits, stretches) };
    return { rows: x.rows, pointer, ...sums };
  }

  private placeFirst(order: Int32Array): void {
    const places = new Int32Array(order.length);
    this.layout?.forEach((row, i) => {
      places[row] = i;
    });
    this.kernels.integers(this.order, order.length).set(order.map((row) => places[row] ?? 0));
  }

  private parameters(count: number): Parameters {
    const { kernels } = this;
    const reserve = (): Pointer => kernels.reserve(padded(count) * 8);
    const [values, gradients, velocities] = [reserve(), reserve(), reserve()];
    const secondMoments = this.params.solver === 'adam' ? reserve() : 0;
    const pointer = kernels.put(Int32Array.of(values, gradients, velocities, secondMoments));
    return { count, pointer, values, velocities, secondMoments };
  }

  /** Every list of parameters in the state's order (weights of each layer, then biases) beside its place in memory. */
  private parametersOf(state: MlpState): { ours: Parameters; values: Float64Array | undefined; index: number }[] {
    const weights = this.layers.map((layer, i) => ({ ours: layer.weights, values: state.weights[i]?.data, index: i }));
    const biases = this.layers.map((layer, i) => ({
      ours: layer.biases,
      values: state.biases[i],
      index: this.layers.length + i,
    }));
    return [...weights, ...biases];
  }

  protected load(state: MlpState): void {
    const { velocities, secondMoments } = state.optimiser;
    for (const { ours, values, index } of this.parametersOf(state)) {
      const copy = (to: Pointer, from: Float64Array | undefined): void => {
        if (from && to !== 0) this.kernels.doubles(to, ours.count).set(from);
      };
      copy(ours.values, values);
      copy(ours.velocities, velocities[index]);
      copy(ours.secondMoments, secondMoments[index]);
    }
  }

  protected unload(state: MlpState): void {
    const { velocities, secondMoments } = state.optimiser;
    for (const { ours, values, index } of this.parametersOf(state)) {
      values?.set(this.kernels.doubles(ours.values, ours.count));
      velocities[index]?.set(this.kernels.doubles(ours.velocities, ours.count));
      secondMoments[index]?.set(this.kernels.doubles(ours.secondMoments, ours.count));
    }
  }
}

/** Stretch after stretch, whoever scored them. */
function scoresOf({ losses, hits, rows }: Part): Scores {
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return { accuracy: sum(hits) / rows, loss: sum(losses) / rows };
}
