import { Crew, type Threads } from '../kernels/crew.js';
import { KernelModule, type Pointer } from '../kernels/kernel-module.js';
import { LinearPart, LinearProblems, needsNorms, problemsOf } from '../kernels/linear-problems.js';
import { type LinearSpec, type SgdRule, sgdRuleOf } from '../linear/sgd-rule.js';
import type { EpochScores, LinearState } from '../types.js';
import { type BlockLearner, type BlockLearnerOptions, type Place, Tallies, type Work } from './block-learner.js';
import { type KernelPlace, kernelPlace, kernelPlaces, kernelPlacesBytes } from './kernel-places.js';
import type { LaidRows } from './laid-rows.js';
import { linearPieceKernel } from './linear-piece-kernel.js';

/**
 * Trains linear models block by block by WebAssembly, the same operations in the same order as
 * `PlainLinearBlocks`.
 *
 * Blocks are read straight into the kernels' memory, in order of visit: the pass of ../kernels/assembly/linear.ts
 * goes over them where they lie, one-vs-rest problems side by side over the same rows. With more than two classes a
 * crew of threads shares the groups of classes and the rows to score; its size changes no number. Two classes take
 * ./linear-piece-kernel.ts where a plan has room for a stretch of rows.
 *
 * @returns null where the memory or the engine has no room for it
 */
export function linearBlockKernel(
  spec: LinearSpec,
  options: BlockLearnerOptions,
  threads: Threads | undefined,
  source: Pick<LaidRows, 'aide'>,
): BlockLearner<LinearState> | null {
  const pieces = options.classes === 2 ? linearPieceKernel(spec, options, threads, source) : null;
  if (pieces !== null) return pieces;
  const rule = sgdRuleOf(spec);
  const kernels = KernelModule.open(bytesFor(options));
  return kernels && new LinearBlockKernel(kernels, rule, options, threads);
}

/** An upper bound of the memory that the kernel reserves. */
function bytesFor(options: BlockLearnerOptions): number {
  const { blockRows, classes } = options;
  const visited = blockRows * (8 + 4 + problemsOf(classes) * 8) + 2 * LinearPart.bytes(blockRows);
  return kernelPlacesBytes(options) + visited + LinearProblems.bytes(options) + 1024;
}

class LinearBlockKernel implements BlockLearner<LinearState> {
  readonly places: readonly KernelPlace[];
  private readonly crew: Crew;
  private readonly problems: LinearProblems;
  private readonly part: LinearPart;
  private readonly none: LinearPart;
  /** 0, 1, 2, ...: rows lie in order of visit. */
  private readonly identity: Pointer;
  private readonly norms: Pointer;
  private readonly decisions: Pointer;
  private readonly tallies: Tallies;
  private work: Work = { train: false, score: false };
  private t = 1;

  constructor(
    private readonly kernels: KernelModule,
    rule: SgdRule,
    private readonly options: BlockLearnerOptions,
    threads: Threads | undefined,
  ) {
    const { blockRows } = options;
    this.crew = new Crew(kernels, options.classes > 2 ? threads : undefined);
    this.places = kernelPlaces(kernels, options);
    this.part = new LinearPart(kernels, blockRows);
    this.none = new LinearPart(kernels, 0);
    this.none.place(0, 0, 0, 0);
    this.problems = new LinearProblems(kernels, rule, options, this.crew, this.part, this.none);
    const { count } = this.problems;
    this.identity = count === 1 ? 0 : kernels.put(new Int32Array(blockRows).map((_, i) => i));
    this.norms = needsNorms(rule, count) ? kernels.reserve(blockRows * 8) : 0;
    this.decisions = kernels.reserve(blockRows * count * 8);
    this.tallies = new Tallies(options);
  }

  begin(state: LinearState, work: Work): void {
    this.work = work;
    this.t = state.t;
    this.tallies.clear();
    this.problems.begin(state);
  }

  visit(place: Place, rows: number): void {
    const { xAt, yAt } = kernelPlace(this.places, place);
    const { train, score } = this.work;
    const { identity, norms, decisions, problems } = this;
    this.part.place(xAt, yAt, decisions, rows);
    if (train) {
      if (norms) this.kernels.run.squaredNorms(xAt, rows, this.options.columns, norms);
      const ownRows = identity === 0 ? 0 : xAt;
      problems.place((k) => ({ order: identity, codes: yAt, norms, decisions: decisions + 8 * k * rows, ownRows }));
    }
    problems.work(rows, { trains: train, scores: score });
    if (score) this.part.eachStretch(this.tallies.train.add);
  }

  validate(place: Place, rows: number): void {
    const { xAt, yAt } = kernelPlace(this.places, place);
    this.part.place(xAt, yAt, this.decisions, rows);
    this.problems.work(rows, { trains: false, scores: true });
    this.part.eachStretch(this.tallies.validation.add);
  }

  trained(): LinearState {
    return this.problems.end(this.t + this.options.trainRows);
  }

  scores(): EpochScores {
    return this.tallies.scores;
  }

  close(): void {
    this.crew.close();
  }
}
