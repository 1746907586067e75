import { sidesOf } from '../linear/linear-model.js';
import { optimalStartOf } from '../linear/sgd-pass.js';
import type { SgdRule } from '../linear/sgd-rule.js';
import type { LinearState, Scores } from '../types.js';
import { at, intAt } from '../vector.js';
import { Crew } from './crew.js';
import type { KernelModule, Pointer } from './kernel-module.js';

/** A `Problem` of ./assembly/linear.ts: 14 words, then 14 doubles. */
const problemWords = 14;
const problemDoubles = 14;
const problemBytes = problemWords * 4 + problemDoubles * 8;
/** Where a problem's rows lie: words 1 to 4, and the twelfth. */
const rowsWord = 1;
const ownRowsWord = 11;
const drawnWord = 12;
/** Rows that are scored at a time: see ./assembly/linear-job.ts. */
export const stretchRows = 4096;
/** Words of a `LinearJob` of ./assembly/linear-job.ts; `trains` and `scores` are the sixth and fifth from the end. */
const jobWords = 13;
const linearTask = 1;
/** What a pass of a group costs beside a pass of four: five fill the wait of each other's sums better. */
const passCosts = { 4: 1, 5: 1.15 } as const;

const lossCodes = { log_loss: 0, hinge: 1 } as const;
const stepCodes = { constant: 0, optimal: 1, invscaling: 2, pa1: 3, pa2: 4 } as const;

/** Two classes are one problem; more are one a class. */
export const problemsOf = (classes: number): number => (classes === 2 ? 1 : classes);

/** How many of these problems run side by side: what ends first with so many threads. */
function groupSizeOf(problems: number, threads: number): 1 | 4 | 5 {
  if (problems === 1) return 1;
  const cost = (size: 4 | 5): number => Math.ceil(Math.ceil(problems / size) / threads) * passCosts[size];
  return cost(5) < cost(4) ? 5 : 4;
}

/** The passive-aggressive rules divide by the squared norms of the rows; a single problem takes them in its pass. */
export const needsNorms = ({ step }: SgdRule, problems: number): boolean =>
  problems > 1 && stepCodes[step] >= stepCodes.pa1;

/** Where a problem finds its training rows. All but `order` and `ownRows` are by a row's number in the matrix. */
export interface RowPlaces {
  /** Row numbers by visit; 0: rows lie in order of visit. */
  readonly order: Pointer;
  readonly codes: Pointer;
  readonly norms: Pointer;
  /** Room for a decision a row. */
  readonly decisions: Pointer;
  /** The matrix in this problem's order of visit, or 0. */
  readonly ownRows: Pointer;
}

/** A part of the rows, and what each stretch of it scored: `Part` of ./assembly/linear-job.ts. */
export class LinearPart {
  readonly pointer: Pointer;
  private readonly losses: Pointer;
  private readonly hits: Pointer;
  private rows = 0;

  /** @param mostRows that it ever has */
  constructor(
    private readonly kernels: KernelModule,
    mostRows: number,
  ) {
    const stretches = Math.ceil(mostRows / stretchRows);
    this.losses = kernels.reserve(stretches * 8);
    this.hits = kernels.reserve(stretches * 8);
    this.pointer = kernels.reserve(24);
  }

  static bytes(mostRows: number): number {
    return 16 * Math.ceil(mostRows / stretchRows) + 96;
  }

  /** Says where the rows lie. */
  place(x: Pointer, codes: Pointer, decisions: Pointer, rows: number): void {
    this.rows = rows;
    this.kernels.integers(this.pointer, 6).set([x, codes, decisions, rows, this.losses, this.hits]);
  }

  /** Hits and losses of each stretch in order, whoever scored it. */
  eachStretch(call: (hits: number, loss: number) => void): void {
    const stretches = Math.ceil(this.rows / stretchRows);
    const losses = this.kernels.doubles(this.losses, stretches);
    this.kernels.doubles(this.hits, stretches).forEach((hits, i) => {
      call(hits, at(losses, i));
    });
  }

  get scores(): Scores {
    let hits = 0;
    let loss = 0;
    this.eachStretch((stretchHits, stretchLoss) => {
      hits += stretchHits;
      loss += stretchLoss;
    });
    return { accuracy: hits / this.rows, loss: loss / this.rows };
  }
}

export interface LinearShape {
  readonly classes: number;
  readonly columns: number;
  /** In the order of the classes; null: all 1. */
  readonly classWeights: Float64Array | null;
}

/**
 * The one-vs-rest problems of a linear model in the kernels' memory, and the job that visits their rows: what
 * training in memory and training by blocks have in common. Weights lie as pairs (now, then), the problems of a group
 * interleaved; the last group is filled up by copies of the last problem, whose results are not read.
 */
export class LinearProblems {
  readonly count: number;
  private readonly columns: number;
  private readonly pointers: readonly Pointer[];
  private readonly weights: readonly Pointer[];
  /** Doubles from one column's pair of weights to the next. */
  private readonly pairStep: number;
  /** The weights that a pass began with. */
  readonly coef: Pointer;
  readonly intercept: Pointer;
  readonly logistic: boolean;
  private readonly job: Pointer;
  private readonly progress: Int32Array;

  constructor(
    private readonly kernels: KernelModule,
    rule: SgdRule,
    shape: LinearShape,
    private readonly crew: Crew,
    train: LinearPart,
    validation: LinearPart,
  ) {
    this.count = problemsOf(shape.classes);
    this.columns = shape.columns;
    const groupSize = groupSizeOf(this.count, crew.size);
    const groups = Math.ceil(this.count / groupSize);
    this.pairStep = 2 * groupSize;
    const blocks = Array.from({ length: groups }, () => kernels.reserve(this.columns * this.pairStep * 8));
    this.weights = Array.from(
      { length: groups * groupSize },
      (_, i) => (blocks[Math.floor(i / groupSize)] ?? 0) + 16 * (i % groupSize),
    );
    this.pointers = this.weights.map((weights, i) => this.describe(rule, shape, weights, this.problemOf(i)));
    this.coef = kernels.reserve(this.count * this.columns * 8);
    this.intercept = kernels.reserve(this.count * 8);
    const progress = Math.ceil(kernels.reserve(groups * 64 + 64) / 64) * 64;
    this.progress = kernels.integers(progress, groups * 16);
    const parts = [train.pointer, validation.pointer, this.columns, this.count];
    this.logistic = rule.loss === 'log_loss';
    const scoring = [this.coef, this.intercept, Number(this.logistic), 0, 0];
    const members = [groups, groupSize, kernels.put(Int32Array.from(this.pointers)), progress];
    this.job = kernels.put(Int32Array.of(...parts, ...scoring, ...members));
  }

  /** An upper bound of the memory that they reserve. */
  static bytes({ classes, columns }: Pick<LinearShape, 'classes' | 'columns'>): number {
    return (problemsOf(classes) + 5) * (problemBytes + columns * 32 + 192) + Crew.bytes + 512;
  }

  /** Says where every problem's training rows lie. */
  place(rowsOf: (problem: number) => RowPlaces): void {
    this.pointers.forEach((pointer, i) => {
      const { order, codes, norms, decisions, ownRows } = rowsOf(this.problemOf(i));
      const words = this.kernels.integers(pointer, problemWords);
      words.set([order, codes, norms, decisions], rowsWord);
      words[ownRowsWord] = ownRows;
    });
  }

  /** Begins a pass from a state. */
  begin({ coef, intercept, t }: LinearState): void {
    const { kernels, columns, pairStep } = this;
    kernels.doubles(this.coef, this.count * columns).set(coef.data);
    kernels.doubles(this.intercept, this.count).set(intercept);
    this.pointers.forEach((pointer, i) => {
      const k = this.problemOf(i);
      const pairs = this.pairsOf(i);
      for (let j = 0; j < columns; j += 1) {
        pairs[pairStep * j] = at(coef.data, k * columns + j);
        pairs[pairStep * j + 1] = at(coef.data, k * columns + j);
      }
      this.moving(pointer).set([1, at(intercept, k), at(intercept, k), t, 0]);
      const drawn = intAt(kernels.integers(pointer, problemWords), drawnWord);
      if (drawn) kernels.doubles(drawn, columns).fill(0);
    });
  }

  /** Visits the rows of the parts. @param rows of both parts, as far as they are visited */
  work(rows: number, { trains, scores }: { trains: boolean; scores: boolean }): void {
    this.kernels.integers(this.job, jobWords).set([Number(trains), Number(scores)], jobWords - 6);
    this.progress.fill(0);
    this.crew.work(linearTask, this.job, rows * this.columns * this.count);
  }

  /** Puts down the decisions of rows, by the state that the pass began with. */
  decide(x: Pointer, rows: number, decisions: Pointer): void {
    this.kernels.run.decide(x, rows, this.columns, this.coef, this.intercept, this.count, decisions);
  }

  /** Hits and losses of decided rows, a stretch at most. */
  score(decisions: Pointer, codes: Pointer, rows: number): { hits: number; loss: number } {
    const { run } = this.kernels;
    const score = this.logistic ? run.scoreLogistic : run.scoreHinge;
    const loss = score(decisions, codes, rows, this.count);
    return { hits: run.hits(), loss };
  }

  /** The state after a pass. @param t samples seen, from 1 */
  end(t: number): LinearState {
    const { columns, count } = this;
    const data = new Float64Array(count * columns);
    const intercept = new Float64Array(count);
    for (let k = 0; k < count; k += 1) {
      const pairs = this.pairsOf(k);
      const [s = 1, b = 0] = this.moving(this.pointers[k] ?? 0);
      for (let j = 0; j < columns; j += 1) data[k * columns + j] = at(pairs, this.pairStep * j) * s;
      intercept[k] = b;
    }
    return { kind: 'linear', coef: { data, rows: count, columns }, intercept, t };
  }

  private problemOf(member: number): number {
    return Math.min(member, this.count - 1);
  }

  /** Writes what stays the same through all epochs. */
  private describe(rule: SgdRule, { classes, classWeights }: LinearShape, weights: Pointer, k: number): Pointer {
    const { positive, positiveWeight, negativeWeight } = sidesOf(k, classes, classWeights);
    const pointer = this.kernels.reserve(problemBytes);
    const shrinks = Number(rule.penalty === 'l2' || rule.penalty === 'elasticnet');
    const drawn = rule.penalty === 'l1' || rule.penalty === 'elasticnet' ? this.kernels.reserve(this.columns * 8) : 0;
    const codes = [positive, this.columns, lossCodes[rule.loss], stepCodes[rule.step], shrinks, 0, drawn];
    this.kernels.integers(pointer, problemWords).set([weights, 0, 0, 0, 0, 8 * this.pairStep, ...codes]);
    const { eta0, powerT, alpha, l1Ratio, threshold } = rule;
    const steps = [eta0, powerT, alpha, l1Ratio, 1 - l1Ratio, optimalStartOf(alpha)];
    this.moving(pointer).set([...steps, positiveWeight, negativeWeight, threshold], 5);
    return pointer;
  }

  /** The doubles of a problem: s, b, the b that the pass began with, t, u, and then what stays the same. */
  private moving(problem: Pointer): Float64Array {
    return this.kernels.doubles(problem + problemWords * 4, problemDoubles);
  }

  /** The weights of a member: (now, then) at every `pairStep`. */
  private pairsOf(member: number): Float64Array {
    return this.kernels.doubles(this.weights[member] ?? 0, this.pairStep * (this.columns - 1) + 2);
  }
}
