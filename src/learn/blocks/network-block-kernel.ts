import type { Threads } from '../kernels/crew.js';
import { KernelModule, type Pointer } from '../kernels/kernel-module.js';
import { bytesForNetwork, NetworkKernel } from '../kernels/network-kernel.js';
import type { LearnerOptions } from '../learner.js';
import { copyOf, finishEpoch, type MlpPass } from '../mlp/epoch.js';
import type { EpochScores, MlpParams, MlpState } from '../types.js';
import { at } from '../vector.js';
import {
  type BlockLearner,
  type BlockLearnerOptions,
  inChunks,
  type Place,
  Tally,
  type Work,
} from './block-learner.js';

/** Words of a `NetworkJob` (../kernels/assembly/network-job.ts) that a visit changes, and its tasks. */
const words = { train: 3, validation: 4, order: 5, steps: 14 } as const;
const jobWords = 15;
const trainTask = 2;
const scoreTask = 3;

/**
 * Trains a network block by block by WebAssembly, the same batches as `PlainNetworkBlocks`; a crew of threads shares
 * each. The state that a pass began with scores a stretch of rows before the one that it has become trains on them.
 * @returns null where the memory or the engine has no room for it
 */
export function networkBlockKernel(
  params: MlpParams,
  options: BlockLearnerOptions,
  threads: Threads | undefined,
): BlockLearner<MlpState> | null {
  const { blockRows, columns, chunkRows } = options;
  const batch = batchOf(params, options, threads);
  const places = 2 * blockRows * (columns * 8 + 4) + blockRows * 4;
  const chunk = chunkRows * (columns * 8 + 8) + 512;
  const kernels = KernelModule.open(bytesForNetwork(params, batch) + places + chunk);
  return kernels && new NetworkBlockKernel(kernels, params, batch, options);
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
  readonly places: readonly [Place, Place];
  private readonly sources: readonly { readonly place: Place; readonly x: Pointer; readonly y: Pointer }[];
  /** Row numbers within a block, in the order of a visit. */
  private readonly visited: Pointer;
  /** The rows that a job is about: of a place in an order, or gathered, or none. */
  private readonly rows: Pointer;
  private readonly none: Pointer;
  private readonly chunk: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly losses: Pointer;
    readonly hits: Pointer;
  };
  private readonly tallies: { train: Tally; validation: Tally };
  private work: Work = { train: false, score: false };
  private from: MlpState | null = null;
  private pass: MlpPass | null = null;

  constructor(
    kernels: KernelModule,
    params: MlpParams,
    private readonly batch: LearnerOptions,
    private readonly blocks: BlockLearnerOptions,
  ) {
    super(kernels, params, batch);
    const { blockRows, chunkRows, columns } = blocks;
    const place = () => {
      const x = kernels.reserve(blockRows * columns * 8);
      const y = kernels.reserve(blockRows * 4);
      return { x, y, place: { x: kernels.doubles(x, blockRows * columns), y: kernels.integers(y, blockRows) } };
    };
    const [first, second] = [place(), place()];
    this.sources = [first, second];
    this.places = [first.place, second.place];
    this.visited = kernels.reserve(blockRows * 4);
    const [x, y] = [kernels.reserve(chunkRows * columns * 8), kernels.reserve(chunkRows * 4)];
    const sums = Math.ceil(chunkRows / 256) * 8;
    this.chunk = { x, y, losses: kernels.reserve(sums), hits: kernels.reserve(sums) };
    this.rows = kernels.reserve(20);
    this.none = kernels.reserve(20);
    this.tallies = { train: new Tally(blocks.trainRows), validation: new Tally(blocks.validationRows) };
  }

  begin(state: MlpState, work: Work): void {
    this.from = state;
    this.work = work;
    this.tallies.train.clear();
    this.tallies.validation.clear();
    if (work.train) this.pass = { state: copyOf(state), steps: state.optimiser.steps, loss: 0 };
  }

  visit(place: Place, { training, validation }: { training: Int32Array; validation: Int32Array }): void {
    const source = this.sources.find((candidate) => candidate.place === place);
    if (!source) return;
    if (this.work.score && this.from) {
      this.load(this.from);
      this.scoreRows(source, training, this.tallies.train);
      this.scoreRows(source, validation, this.tallies.validation);
    }
    if (this.work.train && this.pass && training.length > 0) this.trainOn(source, training, this.pass);
  }

  trained(): MlpState {
    if (this.pass === null) throw new Error('no pass that trains was begun');
    return finishEpoch(this.pass, this.blocks.trainRows);
  }

  scores(): EpochScores {
    return { train: this.tallies.train.scores, validation: this.tallies.validation.scores };
  }

  private trainOn({ x, y }: { x: Pointer; y: Pointer }, rows: Int32Array, pass: MlpPass): void {
    const { kernels } = this;
    kernels.integers(this.visited, rows.length).set(rows);
    kernels.integers(this.rows, 5).set([x, y, rows.length, 0, 0]);
    const job = kernels.integers(this.job, jobWords);
    job[words.train] = this.rows;
    job[words.order] = this.visited;
    job[words.steps] = pass.steps;
    this.load(pass.state);
    kernels.run.networkLoad(this.job);
    this.claims.fill(0);
    this.crew.work(trainTask, this.job, (rows.length * this.weightCount) / 4);
    this.unload(pass.state);
    pass.steps += Math.ceil(rows.length / this.batch.train.x.rows);
    pass.loss += at(this.doubles(), 3);
  }

  private scoreRows({ x, y }: { x: Pointer; y: Pointer }, rows: Int32Array, tally: Tally): void {
    const { kernels, chunk, blocks } = this;
    const job = kernels.integers(this.job, jobWords);
    inChunks(rows, blocks.chunkRows, (members) => {
      kernels.integers(this.visited, members.length).set(members);
      kernels.run.gather(x, y, this.visited, 0, members.length, blocks.columns, chunk.x, chunk.y);
      kernels.integers(this.rows, 5).set([chunk.x, chunk.y, members.length, chunk.losses, chunk.hits]);
      job[words.train] = this.rows;
      job[words.validation] = this.none;
      this.crew.work(scoreTask, this.job, (members.length * this.weightCount) / 8);
      const stretches = Math.ceil(members.length / 256);
      const sum = (list: Pointer): number =>
        kernels.doubles(list, stretches).reduce((total, value) => total + value, 0);
      tally.add(sum(chunk.hits), sum(chunk.losses));
    });
  }
}
