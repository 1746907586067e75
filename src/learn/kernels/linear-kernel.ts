import type { LabelledRows, Learner, LearnerOptions } from '../learner.js';
import { type LinearSpec, type SgdRule, sgdRuleOf } from '../linear/sgd-rule.js';
import { visitOrders } from '../linear/visit-order.js';
import type { EpochScores, LinearState } from '../types.js';
import { Crew } from './crew.js';
import { KernelModule, type Pointer } from './kernel-module.js';
import { LinearPart, LinearProblems, needsNorms, problemsOf } from './linear-problems.js';

/**
 * What copies of the rows may take, one in each class's order of visit: reading them one after the other
 * takes half the time of reading them anywhere. Beyond it the rows stay where they are, once.
 */
const mostCopiedBytes = 384 * 1024 ** 2;

/**
 * Trains linear models by WebAssembly: the same operations in the same order as ../linear/sgd-pass.ts.
 *
 * Two classes: the training rows are laid out once in the order of the visit. More: each class has its own
 * order, and a copy of the rows in it where that is little enough; four or five classes run side by side.
 * A crew of threads shares the groups of classes and the rows to score; its size changes no number.
 *
 * @param copies what copies of the rows may take, in bytes
 * @returns null where the memory or the engine has no room for it
 */
export function linearKernel(
  spec: LinearSpec,
  options: LearnerOptions,
  copies = mostCopiedBytes,
): Learner<LinearState> | null {
  const rule = sgdRuleOf(spec);
  const kernels = KernelModule.open(bytesFor(options, copies));
  if (kernels === null) return null;
  const orders = visitOrders(spec.params.random_state, options.classes, options.train.x.rows);
  return new LinearKernel(kernels, rule, orders, options, copies);
}

/** An upper bound of the memory that a kernel reserves. */
function bytesFor({ classes, train, validation }: LearnerOptions, copies: number): number {
  const { rows, columns } = train.x;
  const problems = problemsOf(classes);
  const data = (train.x.data.length + validation.x.data.length) * 8 + copiedBytes(train, problems, copies);
  const perRow = (rows + validation.x.rows) * (4 + 8 * problems) + rows * (8 + 4 * (problems + 5));
  const parts = LinearPart.bytes(rows) + LinearPart.bytes(validation.x.rows);
  return data + perRow + parts + LinearProblems.bytes({ classes, columns }) + 16 * (2 * problems + 8) + 1024;
}

/** Bytes of the copies in each class's order; 0 where there are none. */
function copiedBytes({ x }: LabelledRows, problems: number, most: number): number {
  const bytes = problems === 1 ? 0 : x.data.byteLength * problems;
  return bytes > most ? 0 : bytes;
}

class LinearKernel implements Learner<LinearState> {
  private readonly crew: Crew;
  private readonly problems: LinearProblems;
  private readonly train: LinearPart;
  private readonly validation: LinearPart;
  private readonly rows: { readonly train: number; readonly validation: number };

  constructor(
    private readonly kernels: KernelModule,
    rule: SgdRule,
    orders: readonly Int32Array[],
    { classes, train, validation, classWeights, threads }: LearnerOptions,
    mostCopied: number,
  ) {
    this.crew = new Crew(kernels, threads);
    this.rows = { train: train.x.rows, validation: validation.x.rows };
    const { columns } = train.x;
    const [first] = orders;
    const { part, ...places } = this.part(train, orders.length, orders.length === 1 && first ? first : null);
    this.train = part;
    this.validation = this.part(validation, orders.length, null).part;
    const shape = { classes, columns, classWeights };
    this.problems = new LinearProblems(kernels, rule, shape, this.crew, this.train, this.validation);
    const norms = needsNorms(rule, orders.length) ? kernels.reserve(train.x.rows * 8) : 0;
    if (norms) kernels.run.squaredNorms(places.x, train.x.rows, columns, norms);
    const copied = copiedBytes(train, orders.length, mostCopied) > 0;
    const visits = orders.map((order) => ({
      order: orders.length === 1 ? 0 : kernels.put(order),
      ownRows: copied ? kernels.putRows(train.x, order) : 0,
    }));
    this.problems.place((k) => ({
      ...(visits[k] ?? { order: 0, ownRows: 0 }),
      codes: places.codes,
      norms,
      decisions: places.decisions + 8 * k * train.x.rows,
    }));
  }

  next(state: LinearState): LinearState {
    this.work(state, { trains: true, scores: false });
    return this.problems.end(state.t + this.rows.train);
  }

  score(state: LinearState): EpochScores {
    this.work(state, { trains: false, scores: true });
    return this.scores();
  }

  scoreAndNext(state: LinearState): { scores: EpochScores; next: LinearState } {
    this.work(state, { trains: true, scores: true });
    return { scores: this.scores(), next: this.problems.end(state.t + this.rows.train) };
  }

  close(): void {
    this.crew.close();
  }

  private work(state: LinearState, tasks: { trains: boolean; scores: boolean }): void {
    this.problems.begin(state);
    this.problems.work(this.rows.train + (tasks.scores ? this.rows.validation : 0), tasks);
  }

  private scores(): EpochScores {
    return { train: this.train.scores, validation: this.validation.scores };
  }

  /** @param order lay the rows out in this order; null: as they are */
  private part(
    { x, y }: LabelledRows,
    problems: number,
    order: Int32Array | null,
  ): { part: LinearPart; x: Pointer; codes: Pointer; decisions: Pointer } {
    const { kernels } = this;
    const part = new LinearPart(kernels, x.rows);
    const rows = order ? kernels.putRows(x, order) : kernels.put(x.data);
    const codes = kernels.put(order ? order.map((row) => y[row] ?? 0) : y);
    const decisions = kernels.reserve(x.rows * problems * 8);
    part.place(rows, codes, decisions, x.rows);
    return { part, x: rows, codes, decisions };
  }
}
