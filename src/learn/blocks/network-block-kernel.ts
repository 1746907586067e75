import type { Threads } from '../kernels/crew.js';
import { KernelModule, type Pointer } from '../kernels/kernel-module.js';
import { bytesForNetwork, jobWords, NetworkKernel, stretchRows } from '../kernels/network-kernel.js';
import { RowRoom } from '../kernels/row-room.js';
import type { LearnerOptions } from '../learner.js';
import { copyOf, finishEpoch, type MlpPass } from '../mlp/epoch.js';
import type { EpochScores, MlpParams, MlpState } from '../types.js';
import { at } from '../vector.js';
import {
  type BlockLearner,
  type BlockLearnerOptions,
  type Place,
  Tallies,
  type Tally,
  type Work,
} from './block-learner.js';
import { type KernelPlace, kernelPlace, kernelPlaces, kernelPlacesBytes } from './kernel-places.js';

/**
 * Trains a network block by block by WebAssembly, the same batches as `PlainNetworkBlocks`, where they lie; a crew of
 * threads shares each. The state that a pass began with scores a block while the one that it has become trains on it.
 * @returns null where the memory or the engine has no room for it
 */
export function networkBlockKernel(
  params: MlpParams,
  options: BlockLearnerOptions,
  threads: Threads | undefined,
): BlockLearner<MlpState> | null {
  const batch = batchOf(params, options, threads);
  const shape = { ...options, trainRows: batch.train.x.rows, validationRows: 0 };
  const sums = 16 * Math.ceil(options.blockRows / stretchRows) + 512;
  const kernels = KernelModule.open(bytesForNetwork(params, shape, threads) + kernelPlacesBytes(options) + sums);
  return kernels && new NetworkBlockKernel(new RowRoom(kernels, null, shape), params, batch, options);
}

/** The kernel that trains in memory, given no more than room for one batch. */
function batchOf(params: MlpParams, options: BlockLearnerOptions, threads: Threads | undefined): LearnerOptions {
  const rows = Math.min(params.batch_size, options.trainRows);
  const { classes, columns, classWeights } = options;
  const part = (count: number) => ({
    x: { data: new Float64Array(count * columns), rows: count, columns },
    y: new Int32Array(count),
  });
  return { classes, train: part(rows), validation: part(0), classWeights, threads };
}

class NetworkBlockKernel extends NetworkKernel implements BlockLearner<MlpState> {
  readonly places: readonly KernelPlace[];
  /** The rows that a job is about: those of a place, or none. */
  private readonly rows: Pointer;
  private readonly none: Pointer;
  private readonly losses: Pointer;
  private readonly hits: Pointer;
  private readonly tallies: Tallies;
  private asked: Work = { train: false, score: false };
  private pass: MlpPass | null = null;

  constructor(
    room: RowRoom,
    params: MlpParams,
    private readonly batch: LearnerOptions,
    private readonly blocks: BlockLearnerOptions,
  ) {
    super(room, params, batch);
    const { kernels } = room;
    this.places = kernelPlaces(kernels, blocks);
    const sums = Math.ceil(blocks.blockRows / stretchRows) * 8;
    this.losses = kernels.reserve(sums);
    this.hits = kernels.reserve(sums);
    this.rows = kernels.reserve(20);
    this.none = kernels.reserve(20);
    this.tallies = new Tallies(blocks);
  }

  begin(state: MlpState, work: Work): void {
    this.asked = work;
    this.tallies.clear();
    if (work.score) this.loadScored(state);
    if (work.train) this.pass = { state: copyOf(state), steps: state.optimiser.steps, loss: 0 };
  }

  visit(place: Place, rows: number): void {
    const { train, score } = this.asked;
    this.placeRows(place, rows);
    if (train && this.pass) this.trainOn(this.pass, rows, score);
    else this.work({ train: false, score }, rows);
    if (score) this.count(rows, this.tallies.train);
  }

  validate(place: Place, rows: number): void {
    if (!this.asked.score) return;
    this.placeRows(place, rows);
    this.work({ train: false, score: true }, rows);
    this.count(rows, this.tallies.validation);
  }

  trained(): MlpState {
    if (this.pass === null) throw new Error('no pass that trains was begun');
    return finishEpoch(this.pass, this.blocks.trainRows);
  }

  scores(): EpochScores {
    return this.tallies.scores;
  }

  /** The next job is about these rows. */
  private placeRows(place: Place, rows: number): void {
    const { xAt, yAt } = kernelPlace(this.places, place);
    this.kernels.integers(this.rows, 5).set([xAt, yAt, rows, this.losses, this.hits]);
    const words = this.words();
    words[jobWords.train] = this.rows;
    words[jobWords.validation] = this.none;
    words[jobWords.order] = 0;
  }

  private trainOn(pass: MlpPass, rows: number, score: boolean): void {
    this.words()[jobWords.steps] = pass.steps;
    this.load(pass.state);
    this.work({ train: true, score }, rows);
    this.unload(pass.state);
    pass.steps += Math.ceil(rows / this.batch.train.x.rows);
    pass.loss += at(this.doubles(), 3);
  }

  /** Adds up what the last job scored. */
  private count(rows: number, tally: Tally): void {
    const stretches = Math.ceil(rows / stretchRows);
    const losses = this.kernels.doubles(this.losses, stretches);
    this.kernels.doubles(this.hits, stretches).forEach((hits, i) => {
      tally.add(hits, at(losses, i));
    });
  }
}
