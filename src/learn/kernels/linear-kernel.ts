import type { LabelledRows, Learner, LearnerOptions } from '../learner.js';
import { binaryProblems } from '../linear/linear-model.js';
import { type BinaryProblem, optimalStartOf } from '../linear/sgd-pass.js';
import { type LinearSpec, type SgdRule, sgdRuleOf } from '../linear/sgd-rule.js';
import type { EpochScores, LinearState, Scores } from '../types.js';
import { at } from '../vector.js';
import { KernelModule, type Pointer } from './kernel-module.js';

/** A `Problem` of ./assembly/linear.ts: 12 words, then 12 doubles. */
const problemWords = 12;
const problemBytes = problemWords * 4 + 12 * 8;
/** Rows a call: the engine replaces a function by its optimised code only between calls. */
const rowsPerCall = 4096;
/**
 * What copies of the rows may take, one in each class's order of visit: reading them one after the other
 * takes half the time of reading them anywhere. Beyond it the rows stay where they are, once.
 */
const mostCopiedBytes = 384 * 1024 ** 2;
/** One-vs-rest problems that run side by side. */
const groupSize = 4;

const lossCodes = { log_loss: 0, hinge: 1 } as const;
const stepCodes = { constant: 0, optimal: 1, invscaling: 2, pa1: 3, pa2: 4 } as const;

/** A part of the data in the kernels' memory, and room for a decision a row and class. */
interface Part {
  readonly x: Pointer;
  readonly codes: Pointer;
  readonly decisions: Pointer;
  readonly rows: number;
}

/**
 * Trains linear models by WebAssembly: the same operations in the same order as ../linear/sgd-pass.ts.
 *
 * Two classes: the training rows are laid out once in the order of the visit. More: each class has its own
 * order, and a copy of the rows in it where that is little enough; four classes at a time run side by side.
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
  const members = problems + groupSize;
  const perRow = (rows + validation.x.rows) * (4 + 8 * problems) + rows * (8 + 4 * members);
  return data + perRow + members * (problemBytes + columns * 24 + 64) + 1024;
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
  /** Doubles from one column's pair of weights to the next: four problems of a group lie interleaved. */
  private readonly pairStep: number;
  private readonly coef: Pointer;
  private readonly intercept: Pointer;
  private readonly count: number;
  private readonly columns: number;

  constructor(
    private readonly kernels: KernelModule,
    private readonly rule: SgdRule,
    problems: readonly BinaryProblem[],
    { train, validation }: LearnerOptions,
    mostCopied: number,
  ) {
    this.count = problems.length;
    this.columns = train.x.columns;
    const [only] = problems;
    this.train = this.part(train, problems.length === 1 && only ? only.order : null);
    this.validation = this.part(validation, null);
    const filled = problems.length === 1 ? 1 : Math.ceil(problems.length / groupSize) * groupSize;
    const norms = this.norms();
    const copied = copiedBytes(train, problems.length, mostCopied) > 0;
    const copies = problems.map(({ order }) => (copied ? kernels.putRows(train.x, order) : 0));
    const members = Array.from({ length: filled }, (_, i) => problems[Math.min(i, problems.length - 1)] ?? only);
    this.pairStep = filled === 1 ? 2 : 2 * groupSize;
    const blocks = Array.from({ length: Math.ceil(filled / groupSize) }, () =>
      kernels.reserve(this.columns * this.pairStep * 8),
    );
    this.weights = members.map((_, i) => (blocks[Math.floor(i / groupSize)] ?? 0) + 16 * (i % groupSize));
    this.problems = members.map((problem, i) =>
      problem ? this.describe(problem, i, norms, copies.at(i) ?? copies.at(-1) ?? 0) : 0,
    );
    this.coef = kernels.reserve(this.count * this.columns * 8);
    this.intercept = kernels.reserve(this.count * 8);
  }

  next(state: LinearState): LinearState {
    this.load(state);
    this.visitAll();
    return this.unload(state);
  }

  score(state: LinearState): EpochScores {
    this.decide(this.train, state);
    return { train: this.scored(this.train), validation: this.scoreValidation(state) };
  }

  scoreAndNext(state: LinearState): { scores: EpochScores; next: LinearState } {
    const next = this.next(state);
    return { scores: { train: this.scored(this.train), validation: this.scoreValidation(state) }, next };
  }

  private scoreValidation(state: LinearState): Scores {
    this.decide(this.validation, state);
    return this.scored(this.validation);
  }

  /** @param order lay the rows out in this order; null: as they are */
  private part({ x, y }: LabelledRows, order: Int32Array | null): Part {
    const { kernels } = this;
    return {
      x: order ? kernels.putRows(x, order) : kernels.put(x.data),
      codes: kernels.put(order ? order.map((row) => y[row] ?? 0) : y),
      decisions: kernels.reserve(x.rows * this.count * 8),
      rows: x.rows,
    };
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

  private visitAll(): void {
    const { run } = this.kernels;
    const { x, rows } = this.train;
    for (let from = 0; from < rows; from += rowsPerCall) {
      const to = Math.min(rows, from + rowsPerCall);
      for (let i = 0; i < this.problems.length; i += groupSize) {
        const [p = 0, q = 0, r = 0, s = 0] = this.problems.slice(i, i + groupSize);
        if (this.count === 1) run.passOne(p, x, from, to);
        else run.passFour(p, q, r, s, x, from, to);
      }
    }
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

  private decide(part: Part, state: LinearState): void {
    const { kernels, count, columns } = this;
    kernels.doubles(this.coef, count * columns).set(state.coef.data);
    kernels.doubles(this.intercept, count).set(state.intercept);
    kernels.run.decide(part.x, part.rows, columns, this.coef, this.intercept, count, part.decisions);
  }

  /** Scores of the decisions that lie in the part. */
  private scored({ decisions, codes, rows }: Part): Scores {
    const { run } = this.kernels;
    const scoring = this.rule.loss === 'log_loss' ? run.scoreLogistic : run.scoreHinge;
    const loss = scoring(decisions, codes, rows, this.count) / rows;
    return { accuracy: run.hits() / rows, loss };
  }
}
