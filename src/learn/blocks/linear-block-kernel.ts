import { KernelModule, type Pointer } from '../kernels/kernel-module.js';
import { sidesOf } from '../linear/linear-model.js';
import { optimalStartOf } from '../linear/sgd-pass.js';
import { type LinearSpec, type SgdRule, sgdRuleOf } from '../linear/sgd-rule.js';
import type { EpochScores, LinearState } from '../types.js';
import { at } from '../vector.js';
import {
  type BlockLearner,
  type BlockLearnerOptions,
  inChunks,
  type Place,
  Tally,
  type Work,
} from './block-learner.js';

/** A `Problem` of ../kernels/assembly/linear.ts: 12 words, then 12 doubles. */
const problemWords = 12;
const problemBytes = problemWords * 4 + 12 * 8;
/** Word of a problem that says where its decisions go. */
const decisionsWord = 4;
/** One-vs-rest problems that run side by side. */
const groupSize = 4;

const lossCodes = { log_loss: 0, hinge: 1 } as const;
const stepCodes = { constant: 0, optimal: 1, invscaling: 2, pa1: 3, pa2: 4 } as const;

/**
 * Trains linear models block by block by WebAssembly, the same operations in the same order as
 * `PlainLinearBlocks`.
 *
 * Blocks are read straight into the kernels' memory. A few hundred rows at a time are gathered in order of visit
 * into a chunk that stays in the nearest caches, and the pass goes over the chunk: all problems share its rows.
 *
 * @returns null for penalties with an L1 part, and where the memory or the engine has no room for it
 */
export function linearBlockKernel(spec: LinearSpec, options: BlockLearnerOptions): BlockLearner<LinearState> | null {
  const rule = sgdRuleOf(spec);
  if (rule.penalty === 'l1' || rule.penalty === 'elasticnet') return null;
  const kernels = KernelModule.open(bytesFor(options));
  return kernels && new LinearBlockKernel(kernels, rule, options);
}

const problemsOf = (classes: number): number => (classes === 2 ? 1 : classes);
const membersOf = (problems: number): number => (problems === 1 ? 1 : Math.ceil(problems / groupSize) * groupSize);

/** An upper bound of the memory that the kernel reserves. */
function bytesFor({ classes, columns, blockRows, chunkRows }: BlockLearnerOptions): number {
  const problems = problemsOf(classes);
  const places = 2 * blockRows * (columns * 8 + 4) + blockRows * 4;
  const chunk = chunkRows * ((columns + problems + 1) * 8 + 8);
  return places + chunk + membersOf(problems) * (problemBytes + columns * 24 + 64) + 1024;
}

class LinearBlockKernel implements BlockLearner<LinearState> {
  readonly places: readonly [Place, Place];
  private readonly pointers: readonly { place: Place; x: Pointer; y: Pointer }[];
  private readonly order: Pointer;
  /** Rows in order of visit. */
  private readonly chunk: { readonly x: Pointer; readonly y: Pointer; readonly norms: Pointer };
  private readonly decisions: Pointer;
  private readonly problems: readonly Pointer[];
  private readonly weights: readonly Pointer[];
  private readonly pairStep: number;
  private readonly coef: Pointer;
  private readonly intercept: Pointer;
  private readonly count: number;
  private readonly tallies: { train: Tally; validation: Tally };
  private work: Work = { train: false, score: false };
  private t = 1;

  constructor(
    private readonly kernels: KernelModule,
    private readonly rule: SgdRule,
    private readonly options: BlockLearnerOptions,
  ) {
    const { classes, columns, blockRows, chunkRows } = options;
    this.count = problemsOf(classes);
    const members = membersOf(this.count);
    this.pairStep = members === 1 ? 2 : 2 * groupSize;
    const place = () => {
      const x = kernels.reserve(blockRows * columns * 8);
      const y = kernels.reserve(blockRows * 4);
      return { x, y, place: { x: kernels.doubles(x, blockRows * columns), y: kernels.integers(y, blockRows) } };
    };
    const [first, second] = [place(), place()];
    this.pointers = [first, second];
    this.places = [first.place, second.place];
    this.order = kernels.reserve(blockRows * 4);
    this.chunk = {
      x: kernels.reserve(chunkRows * columns * 8),
      y: kernels.reserve(chunkRows * 4),
      norms: kernels.reserve(chunkRows * 8),
    };
    this.decisions = kernels.reserve(chunkRows * this.count * 8);
    const visit = kernels.put(new Int32Array(chunkRows).map((_, i) => i));
    const groups = Array.from({ length: Math.ceil(members / groupSize) }, () =>
      kernels.reserve(columns * this.pairStep * 8),
    );
    this.weights = Array.from({ length: members }, (_, i) => (groups[Math.floor(i / groupSize)] ?? 0) + 16 * (i % 4));
    this.problems = this.weights.map((weights, i) => this.describe(weights, Math.min(i, this.count - 1), visit));
    this.coef = kernels.reserve(this.count * columns * 8);
    this.intercept = kernels.reserve(this.count * 8);
    this.tallies = { train: new Tally(options.trainRows), validation: new Tally(options.validationRows) };
  }

  begin({ coef, intercept, t }: LinearState, work: Work): void {
    const { kernels, count } = this;
    const { columns } = this.options;
    this.work = work;
    this.t = t;
    this.tallies.train.clear();
    this.tallies.validation.clear();
    kernels.doubles(this.coef, count * columns).set(coef.data);
    kernels.doubles(this.intercept, count).set(intercept);
    this.problems.forEach((problem, i) => {
      const k = Math.min(i, count - 1);
      const pairs = this.pairsOf(i);
      for (let j = 0; j < columns; j += 1) {
        pairs[this.pairStep * j] = at(coef.data, k * columns + j);
        pairs[this.pairStep * j + 1] = at(coef.data, k * columns + j);
      }
      this.moving(problem).set([1, at(intercept, k), at(intercept, k), t]);
    });
  }

  visit(place: Place, { training, validation }: { training: Int32Array; validation: Int32Array }): void {
    const from = this.pointers.find((candidate) => candidate.place === place);
    if (!from) return;
    inChunks(training, this.options.chunkRows, (rows) => {
      this.gather(from, rows);
      if (this.work.train) this.train(rows.length);
      else this.decide(rows.length);
      if (this.work.score) this.score(rows.length, this.tallies.train);
    });
    if (!this.work.score) return;
    inChunks(validation, this.options.chunkRows, (rows) => {
      this.gather(from, rows);
      this.decide(rows.length);
      this.score(rows.length, this.tallies.validation);
    });
  }

  trained(): LinearState {
    const { columns, trainRows } = this.options;
    const data = new Float64Array(this.count * columns);
    const intercept = new Float64Array(this.count);
    for (let k = 0; k < this.count; k += 1) {
      const pairs = this.pairsOf(k);
      const [s = 1, b = 0] = this.moving(this.problems[k] ?? 0);
      for (let j = 0; j < columns; j += 1) data[k * columns + j] = at(pairs, this.pairStep * j) * s;
      intercept[k] = b;
    }
    return { kind: 'linear', coef: { data, rows: this.count, columns }, intercept, t: this.t + trainRows };
  }

  scores(): EpochScores {
    return { train: this.tallies.train.scores, validation: this.tallies.validation.scores };
  }

  private gather({ x, y }: { x: Pointer; y: Pointer }, rows: Int32Array): void {
    const { kernels, chunk, options } = this;
    kernels.integers(this.order, rows.length).set(rows);
    kernels.run.gather(x, y, this.order, 0, rows.length, options.columns, chunk.x, chunk.y);
  }

  /** Trains on the chunk, and leaves the decisions by the weights that the pass began with. */
  private train(rows: number): void {
    const { kernels, chunk, problems } = this;
    const { run } = kernels;
    if (stepCodes[this.rule.step] >= stepCodes.pa1) {
      run.squaredNorms(chunk.x, rows, this.options.columns, chunk.norms);
    }
    problems.forEach((problem, i) => {
      const k = Math.min(i, this.count - 1);
      kernels.integers(problem, problemWords)[decisionsWord] = this.decisions + 8 * k * rows;
    });
    for (let i = 0; i < problems.length; i += groupSize) {
      const [p = 0, q = 0, r = 0, s = 0] = problems.slice(i, i + groupSize);
      if (this.count === 1) run.passOne(p, chunk.x, 0, rows);
      else run.passFour(p, q, r, s, chunk.x, 0, rows);
    }
  }

  /** Decisions of the chunk by the weights that the pass began with. */
  private decide(rows: number): void {
    const { kernels, chunk, count } = this;
    const { columns } = this.options;
    kernels.run.decide(chunk.x, rows, columns, this.coef, this.intercept, count, this.decisions);
  }

  private score(rows: number, tally: Tally): void {
    const { run } = this.kernels;
    const scoring = this.rule.loss === 'log_loss' ? run.scoreLogistic : run.scoreHinge;
    const loss = scoring(this.decisions, this.chunk.y, rows, this.count);
    tally.add(run.hits(), loss);
  }

  /** Writes what stays the same through all epochs. @param visit 0, 1, 2, ...: a chunk lies in order of visit */
  private describe(weights: Pointer, k: number, visit: Pointer): Pointer {
    const { kernels, rule, chunk, options } = this;
    const { positive, positiveWeight, negativeWeight } = sidesOf(k, options.classes, options.classWeights);
    const pointer = kernels.reserve(problemBytes);
    const order = this.count === 1 ? 0 : visit;
    const shrinks = rule.penalty === 'none' ? 0 : 1;
    const places = [weights, order, chunk.y, chunk.norms, this.decisions, 8 * this.pairStep];
    const codes = [positive, options.columns, lossCodes[rule.loss], stepCodes[rule.step], shrinks];
    const ownRows = this.count === 1 ? 0 : chunk.x;
    kernels.integers(pointer, problemWords).set([...places, ...codes, ownRows]);
    const { eta0, powerT, alpha, l1Ratio, threshold } = rule;
    const fixed = [eta0, powerT, alpha, 1 - l1Ratio, optimalStartOf(alpha), positiveWeight, negativeWeight, threshold];
    this.moving(pointer).set(fixed, 4);
    return pointer;
  }

  /** The doubles of a problem: s, b, the b that the pass began with, t, and then what stays the same. */
  private moving(problem: Pointer): Float64Array {
    return this.kernels.doubles(problem + problemWords * 4, 12);
  }

  /** The weights of a member: (now, then) at every `pairStep`. */
  private pairsOf(member: number): Float64Array {
    return this.kernels.doubles(this.weights[member] ?? 0, this.pairStep * (this.options.columns - 1) + 2);
  }
}
