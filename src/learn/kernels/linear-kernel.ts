import type { LabelledRows, Learner, LearnerOptions } from '../learner.js';
import { binaryProblems } from '../linear/linear-model.js';
import { type BinaryProblem, optimalStartOf } from '../linear/sgd-pass.js';
import { type LinearSpec, type SgdRule, sgdRuleOf } from '../linear/sgd-rule.js';
import type { EpochScores, LinearState, Scores } from '../types.js';
import { at } from '../vector.js';
import { Crew } from './crew.js';
import { KernelModule, type Pointer } from './kernel-module.js';

/** A `Problem` of ./assembly/linear.ts: 12 words, then 12 doubles. */
const problemWords = 12;
const problemBytes = problemWords * 4 + 12 * 8;
/** Rows that are scored at a time: see ./assembly/linear-job.ts. */
const stretchRows = 4096;
/** Words of a `LinearJob` of ./assembly/linear-job.ts; `trains` and `scores` are the sixth and fifth from the end. */
const jobWords = 13;
const linearTask = 1;
/**
 * What copies of the rows may take, one in each class's order of visit: reading them one after the other
 * takes half the time of reading them anywhere. Beyond it the rows stay where they are, once.
 */
const mostCopiedBytes = 384 * 1024 ** 2;
/** What a pass of a group costs beside a pass of four: five fill the wait of each other's sums better. */
const passCosts = { 4: 1, 5: 1.15 } as const;

const lossCodes = { log_loss: 0, hinge: 1 } as const;
const stepCodes = { constant: 0, optimal: 1, invscaling: 2, pa1: 3, pa2: 4 } as const;

/** A part of the data in the kernels' memory, and room for a decision a row and class. */
interface Part {
  readonly x: Pointer;
  readonly codes: Pointer;
  readonly decisions: Pointer;
  readonly rows: number;
  /** Address of this part as the module sees it. */
  readonly pointer: Pointer;
  /** A sum of losses and a number of hits for each stretch of rows. */
  readonly losses: Float64Array;
  readonly hits: Float64Array;
}

/**
 * Trains linear models by WebAssembly: the same operations in the same order as ../linear/sgd-pass.ts.
 *
 * Two classes: the training rows are laid out once in the order of the visit. More: each class has its own
 * order, and a copy of the rows in it where that is little enough; four or five classes run side by side.
 * A crew of threads shares the groups of classes and the rows to score; its size changes no number.
 *
 * @param copies what copies of the rows may take, in bytes
 * @returns null for penalties with an L1 part, which the plain loops train, and where the memory or the engine
 *   has no room for it
 */
export function linearKernel(
  spec: LinearSpec,
  options: LearnerOptions,
  copies = mostCopiedBytes,
): Learner<LinearState> | null {
  const rule = sgdRuleOf(spec);
  if (rule.penalty === 'l1' || rule.penalty === 'elasticnet') return null;
  const problems = binaryProblems(spec, options.classes, options.train, options.classWeights);
  const kernels = KernelModule.open(bytesFor(options, problems.length, copies));
  return kernels && new LinearKernel(kernels, rule, problems, options, copies);
}

/** An upper bound of the memory that a kernel reserves. */
function bytesFor({ train, validation }: LearnerOptions, problems: number, copies: number): number {
  const { rows, columns } = train.x;
  const data = (train.x.data.length + validation.x.data.length) * 8 + copiedBytes(train, problems, copies);
  const members = problems + 5;
  const perRow = (rows + validation.x.rows) * (4 + 8 * problems) + rows * (8 + 4 * members);
  const stretches = 2 + Math.ceil(rows / stretchRows) + Math.ceil(validation.x.rows / stretchRows);
  return data + perRow + members * (problemBytes + columns * 24 + 192) + stretches * 16 + Crew.bytes + 1024;
}

/** How many of these problems run side by side: what ends first with so many threads. */
function groupSizeOf(problems: number, threads: number): 1 | 4 | 5 {
  if (problems === 1) return 1;
  const cost = (size: 4 | 5): number => Math.ceil(Math.ceil(problems / size) / threads) * passCosts[size];
  return cost(5) < cost(4) ? 5 : 4;
}

/** Bytes of the copies in each class's order; 0 where there are none. */
function copiedBytes({ x }: LabelledRows, problems: number, most: number): number {
  const bytes = problems === 1 ? 0 : x.data.byteLength * problems;
  return bytes > most ? 0 : bytes;
}

class LinearKernel implements Learner<LinearState> {
  private readonly train: Part;
  private readonly validation: Part;
  /** Addresses of the problems, filled up to whole groups by copies of the last, whose results are not read. */
  private readonly problems: Pointer[];
  private readonly weights: Pointer[];
  /** Doubles from one column's pair of weights to the next: the problems of a group lie interleaved. */
  private readonly pairStep: number;
  private readonly coef: Pointer;
  private readonly intercept: Pointer;
  private readonly job: Pointer;
  private readonly progress: Int32Array;
  private readonly crew: Crew;
  private readonly count: number;
  private readonly columns: number;

  constructor(
    private readonly kernels: KernelModule,
    private readonly rule: SgdRule,
    problems: readonly BinaryProblem[],
    { train, validation, threads }: LearnerOptions,
    mostCopied: number,
  ) {
    this.crew = new Crew(kernels, threads);
    const groupSize = groupSizeOf(problems.length, this.crew.size);
    this.count = problems.length;
    this.columns = train.x.columns;
    const [only] = problems;
    this.train = this.part(train, problems.length === 1 && only ? only.order : null);
    this.validation = this.part(validation, null);
    const filled = Math.ceil(problems.length / groupSize) * groupSize;
    const norms = this.norms();
    const copied = copiedBytes(train, problems.length, mostCopied) > 0;
    const copies = problems.map(({ order }) => (copied ? kernels.putRows(train.x, order) : 0));
    const members = Array.from({ length: filled }, (_, i) => problems[Math.min(i, problems.length - 1)] ?? only);
    this.pairStep = 2 * groupSize;
    const blocks = Array.from({ length: Math.ceil(filled / groupSize) }, () =>
      kernels.reserve(this.columns * this.pairStep * 8),
    );
    this.weights = members.map((_, i) => (blocks[Math.floor(i / groupSize)] ?? 0) + 16 * (i % groupSize));
    this.problems = members.map((problem, i) =>
      problem ? this.describe(problem, i, norms, copies.at(i) ?? copies.at(-1) ?? 0) : 0,
    );
    this.coef = kernels.reserve(this.count * this.columns * 8);
    this.intercept = kernels.reserve(this.count * 8);
    const progress = Math.ceil(kernels.reserve(blocks.length * 64 + 64) / 64) * 64;
    this.progress = kernels.integers(progress, blocks.length * 16);
    const sizes = [this.columns, this.count];
    const scoring = [this.coef, this.intercept, Number(rule.loss === 'log_loss'), 0, 0];
    const groups = [blocks.length, groupSize, kernels.put(Int32Array.from(this.problems)), progress];
    this.job = kernels.put(Int32Array.of(this.train.pointer, this.validation.pointer, ...sizes, ...scoring, ...groups));
  }

  next(state: LinearState): LinearState {
    this.work(state, { trains: true, scores: false });
    return this.unload(state);
  }

  score(state: LinearState): EpochScores {
    this.work(state, { trains: false, scores: true });
    return this.scores();
  }

  scoreAndNext(state: LinearState): { scores: EpochScores; next: LinearState } {
    this.work(state, { trains: true, scores: true });
    return { scores: this.scores(), next: this.unload(state) };
  }

  close(): void {
    this.crew.close();
  }

  private work(state: LinearState, { trains, scores }: { trains: boolean; scores: boolean }): void {
    const { kernels, count, columns, train, validation } = this;
    if (trains) this.load(state);
    kernels.doubles(this.coef, count * columns).set(state.coef.data);
    kernels.doubles(this.intercept, count).set(state.intercept);
    kernels.integers(this.job, jobWords).set([Number(trains), Number(scores)], jobWords - 6);
    this.progress.fill(0);
    const rows = train.rows + (scores ? validation.rows : 0);
    this.crew.work(linearTask, this.job, rows * columns * count);
  }

  private scores(): EpochScores {
    return { train: scoresOf(this.train), validation: scoresOf(this.validation) };
  }

  /** @param order lay the rows out in this order; null: as they are */
  private part({ x, y }: LabelledRows, order: Int32Array | null): Part {
    const { kernels } = this;
    const stretches = Math.ceil(x.rows / stretchRows);
    const rows = order ? kernels.putRows(x, order) : kernels.put(x.data);
    const codes = kernels.put(order ? order.map((row) => y[row] ?? 0) : y);
    const decisions = kernels.reserve(x.rows * this.count * 8);
    const [losses, hits] = [kernels.reserve(stretches * 8), kernels.reserve(stretches * 8)];
    const pointer = kernels.put(Int32Array.of(rows, codes, decisions, x.rows, losses, hits));
    const sums = { losses: kernels.doubles(losses, stretches), hits: kernels.doubles(hits, stretches) };
    return { x: rows, codes, decisions, rows: x.rows, pointer, ...sums };
  }

  private norms(): Pointer {
    if (stepCodes[this.rule.step] < stepCodes.pa1) return 0;
    const norms = this.kernels.reserve(this.train.rows * 8);
    this.kernels.run.squaredNorms(this.train.x, this.train.rows, this.columns, norms);
    return norms;
  }

  /** Writes what stays the same through all epochs. */
  private describe(problem: BinaryProblem, index: number, norms: Pointer, ownRows: Pointer): Pointer {
    const { kernels, rule, train } = this;
    const k = Math.min(index, this.count - 1);
    const order = this.count === 1 ? 0 : kernels.put(problem.order);
    const pointer = kernels.reserve(problemBytes);
    kernels
      .integers(pointer, problemWords)
      .set([
        this.weights[index] ?? 0,
        order,
        train.codes,
        norms,
        train.decisions + 8 * k * train.rows,
        8 * this.pairStep,
        problem.positive,
        this.columns,
        lossCodes[rule.loss],
        stepCodes[rule.step],
        rule.penalty === 'none' ? 0 : 1,
        ownRows,
      ]);
    const { eta0, powerT, alpha, l1Ratio, threshold } = rule;
    const { positiveWeight, negativeWeight } = problem;
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
    return this.kernels.doubles(this.weights[member] ?? 0, this.pairStep * (this.columns - 1) + 2);
  }

  private load({ coef, intercept, t }: LinearState): void {
    this.problems.forEach((problem, i) => {
      const k = Math.min(i, this.count - 1);
      const pairs = this.pairsOf(i);
      for (let j = 0; j < this.columns; j += 1) {
        pairs[this.pairStep * j] = at(coef.data, k * this.columns + j);
        pairs[this.pairStep * j + 1] = at(coef.data, k * this.columns + j);
      }
      this.moving(problem).set([1, at(intercept, k), at(intercept, k), t]);
    });
  }

  private unload(state: LinearState): LinearState {
    const { columns } = this;
    const data = new Float64Array(this.count * columns);
    const intercept = new Float64Array(this.count);
    for (let k = 0; k < this.count; k += 1) {
      const pairs = this.pairsOf(k);
      const [s = 1, b = 0] = this.moving(this.problems[k] ?? 0);
      for (let j = 0; j < columns; j += 1) data[k * columns + j] = at(pairs, this.pairStep * j) * s;
      intercept[k] = b;
    }
    return { kind: 'linear', coef: { data, rows: this.count, columns }, intercept, t: state.t + this.train.rows };
  }
}

/** Stretch after stretch, whoever scored them. */
function scoresOf({ losses, hits, rows }: Part): Scores {
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return { accuracy: sum(hits) / rows, loss: sum(losses) / rows };
}
