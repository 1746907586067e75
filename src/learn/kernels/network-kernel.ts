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
/** A `NetworkJob` of ./assembly/network-job.ts: words, and doubles from byte 72 on. */
export const jobWords = { train: 3, validation: 4, order: 5, steps: 14, trains: 16, scores: 17, count: 18 } as const;
const doublesAt = 4 * jobWords.count;
const jobBytes = doublesAt + 32;
const networkTask = 2;
/** Multiplications of an epoch beyond which its scores are not kept back until the next epoch is trained. */
const mostRiding = 4_000_000_000;

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

/** One layer of the state that is scored, which another one may train meanwhile. */
interface ScoredLayer {
  readonly weights: Float64Array;
  readonly biases: Float64Array;
  readonly pointer: Pointer;
}

/** What a job is to do: an epoch of the state that was loaded, the scores of the one that was loaded to be scored. */
interface NetworkWork {
  readonly train: boolean;
  readonly score: boolean;
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
 * each batch, and scores one state while the next epoch trains (see ./assembly/network-job.ts); its size changes no
 * number.
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
  const parameters = units.slice(1).reduce((sum, columns, i) => sum + 7 * columns * (units[i] ?? 0) + 5 * columns, 0);
  const squares = units.reduce((sum, columns) => sum + columns, 0);
  const values = units.reduce((sum, columns) => sum + (2 * batchRows + size * blockRows) * columns, 0);
  return (
    data + (parameters + squares + values + batchRows * 2) * 8 + units.length * 640 + size * 128 + Crew.bytes + 4096
  );
}

export class NetworkKernel implements Learner<MlpState> {
  private readonly train: Part;
  private readonly validation: Part;
  /** For the first epoch: where each visited row lies. */
  private readonly order: Pointer;
  private readonly layout: Int32Array | null;
  private readonly layers: Layer[];
  private readonly scored: ScoredLayer[];
  /** See `Learner`; only where another thread may score, and an epoch is short. */
  readonly scoreAndNext?: (state: MlpState) => { scores: EpochScores; next: MlpState };
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
    this.scored = units.slice(1).map((columns, i) => this.scoredLayer(i, units, columns));
    this.weightCount = this.layers.reduce((sum, { weights }) => sum + weights.count, 0);
    const { size } = this.crew;
    const claims = Math.ceil(kernels.reserve(size * 64 + 128) / 64) * 64;
    this.claims = kernels.integers(claims, (size + 1) * 16);
    const scratchBytes = units.slice(1).reduce((sum, columns) => sum + blockRows * columns * 8, 0);
    const addresses = (layers: readonly { pointer: Pointer }[]): Pointer =>
      kernels.put(Int32Array.from(layers, ({ pointer }) => pointer));
    const layers = [addresses(this.layers), this.layers.length];
    const parts = [this.features, this.train.pointer, this.validation.pointer, 0];
    const batch = [kernels.reserve(batchRows * this.features * 8), kernels.reserve(batchRows * 4), batchRows];
    const rest = [kernels.reserve(batchRows * 8), claims, kernels.reserve(size * scratchBytes), scratchBytes];
    this.job = kernels.reserve(jobBytes);
    const solver = [Number(params.solver === 'adam'), 0, addresses(this.scored)];
    this.words().set([...layers, ...parts, ...batch, ...rest, ...solver]);
    this.doubles().set([params.alpha, params.momentum, params.learning_rate]);
    const epoch = 3 * train.x.rows * this.weightCount;
    if (size > 1 && epoch <= mostRiding) this.scoreAndNext = (state) => this.both(state);
  }

  next(previous: MlpState): MlpState {
    return this.epoch(previous, false);
  }

  score(state: MlpState): EpochScores {
    this.loadScored(state);
    this.work({ train: false, score: true }, this.train.rows + this.validation.rows);
    return this.scoresOfBoth();
  }

  private both(state: MlpState): { scores: EpochScores; next: MlpState } {
    this.loadScored(state);
    const next = this.epoch(state, true);
    return { scores: this.scoresOfBoth(), next };
  }

  /** @param score the state that was loaded to be scored, meanwhile */
  private epoch(previous: MlpState, score: boolean): MlpState {
    const { classes, train } = this.options;
    const { state, order } = startEpoch(this.params, classes, train.x.rows, this.features, previous);
    const words = this.words();
    const first = state.t === 0;
    if (first) this.placeFirst(order);
    words[jobWords.order] = first ? this.order : 0;
    words[jobWords.steps] = state.optimiser.steps;
    this.load(state);
    this.work({ train: true, score }, train.x.rows);
    this.unload(state);
    const steps = state.optimiser.steps + Math.ceil(train.x.rows / Math.min(this.params.batch_size, train.x.rows));
    return {
      ...state,
      optimiser: { ...state.optimiser, steps },
      t: state.t + train.x.rows,
      lossCurve: [...state.lossCurve, at(this.doubles(), 3) / train.x.rows],
    };
  }

  /** @param rows that the work goes over */
  protected work({ train, score }: NetworkWork, rows: number): void {
    const words = this.words();
    words[jobWords.trains] = Number(train);
    words[jobWords.scores] = Number(score);
    if (train) {
      this.kernels.run.networkLoad(this.job);
      this.claims.fill(0);
    }
    this.crew.work(networkTask, this.job, (rows * this.weightCount) / (train ? 4 : 8));
  }

  private scoresOfBoth(): EpochScores {
    return { train: scoresOf(this.train), validation: scoresOf(this.validation) };
  }

  close(): void {
    this.crew.close();
  }

  /** Of the job: alpha, momentum, rate, and the sum of losses that an epoch leaves. */
  protected doubles(): Float64Array {
    return this.kernels.doubles(this.job + doublesAt, 4);
  }

  /** Of the job: addresses, counts and flags. */
  protected words(): Int32Array {
    return this.kernels.integers(this.job, jobWords.count);
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

  private scoredLayer(index: number, units: readonly number[], columns: number): ScoredLayer {
    const { kernels } = this;
    const inputs = units[index] ?? 0;
    const activation = index === units.length - 2 ? activationCodes.none : activationCodes[this.params.activation];
    const parameters = (count: number) => {
      const values = kernels.reserve(padded(count) * 8);
      return { values: kernels.doubles(values, count), pointer: kernels.put(Int32Array.of(values, 0, 0, 0)) };
    };
    const [weights, biases] = [parameters(inputs * columns), parameters(columns)];
    const places = [weights.pointer, biases.pointer, 0, 0, 0, 0];
    const pointer = kernels.put(Int32Array.of(inputs, columns, activation, ...places));
    return { weights: weights.values, biases: biases.values, pointer };
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

  protected loadScored(state: MlpState): void {
    this.scored.forEach(({ weights, biases }, i) => {
      weights.set(state.weights[i]?.data ?? []);
      biases.set(state.biases[i] ?? []);
    });
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
