import type { LabelledRows, Learner, LearnerOptions } from '../learner.js';
import { type LinearSpec, type SgdRule, sgdRuleOf } from '../linear/sgd-rule.js';
import { firstVisitOrder, visitOrders } from '../linear/visit-order.js';
import type { EpochScores, LinearState, Matrix } from '../types.js';
import { Crew } from './crew.js';
import { KernelModule, type Pointer } from './kernel-module.js';
import { LinearPart, LinearProblems, needsNorms, problemsOf } from './linear-problems.js';
import { type RoomShape, RowRoom } from './row-room.js';

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
  const { classes, train, validation } = options;
  const shape = { classes, columns: train.x.columns, trainRows: train.x.rows, validationRows: validation.x.rows };
  const room = options.room ?? linearRoom(spec, shape, copies)?.fill(train.x, validation.x);
  if (!room) return null;
  const orders = room.order ? [room.order] : visitOrders(spec.params.random_state, classes, train.x.rows);
  return new LinearKernel(room, sgdRuleOf(spec), orders, options, copiesRows(shape, copies));
}

/** Room for the rows, in the order of the visit where there is but one. @returns null where there is none */
export function linearRoom(spec: LinearSpec, shape: RoomShape, copies = mostCopiedBytes): RowRoom | null {
  const kernels = KernelModule.open(bytesFor(shape, copies));
  if (kernels === null) return null;
  const { classes, trainRows } = shape;
  const order = classes === 2 ? firstVisitOrder(spec.params.random_state, classes, trainRows) : null;
  return new RowRoom(kernels, order, shape);
}

/** An upper bound of the memory that a kernel reserves. */
function bytesFor(shape: RoomShape, copies: number): number {
  const { classes, columns, trainRows: rows, validationRows } = shape;
  const problems = problemsOf(classes);
  const data = RowRoom.bytes(shape) + (copiesRows(shape, copies) ? rows * columns * 8 * problems : 0);
  const perRow = (rows + validationRows) * (4 + 8 * problems) + rows * (8 + 4 * (problems + 5));
  const parts = LinearPart.bytes(rows) + LinearPart.bytes(validationRows);
  return data + perRow + parts + LinearProblems.bytes({ classes, columns }) + 16 * (2 * problems + 8) + 1024;
}

/** Whether each class has a copy of the rows in its own order. */
function copiesRows({ classes, columns, trainRows }: RoomShape, most: number): boolean {
  const problems = problemsOf(classes);
  return problems > 1 && trainRows * columns * 8 * problems <= most;
}

class LinearKernel implements Learner<LinearState> {
  private readonly crew: Crew;
  private readonly problems: LinearProblems;
  private readonly train: LinearPart;
  private readonly validation: LinearPart;
  private readonly rows: { readonly train: number; readonly validation: number };
  private readonly kernels: KernelModule;

  constructor(
    room: RowRoom,
    rule: SgdRule,
    orders: readonly Int32Array[],
    { classes, train, validation, classWeights, threads }: LearnerOptions,
    copied: boolean,
  ) {
    const { kernels } = room;
    this.kernels = kernels;
    this.crew = new Crew(kernels, threads);
    this.rows = { train: train.x.rows, validation: validation.x.rows };
    const { columns } = train.x;
    const { part, ...places } = this.part(room.train, train, orders.length, room.order);
    this.train = part;
    this.validation = this.part(room.validation, validation, orders.length, null).part;
    const shape = { classes, columns, classWeights };
    this.problems = new LinearProblems(kernels, rule, shape, this.crew, this.train, this.validation);
    const norms = needsNorms(rule, orders.length) ? kernels.reserve(train.x.rows * 8) : 0;
    if (norms) kernels.run.squaredNorms(room.train, train.x.rows, columns, norms);
    const visits = orders.map((visit) => {
      if (room.order !== null) return { order: 0, ownRows: 0 };
      const order = kernels.put(visit);
      return { order, ownRows: copied ? this.copy(room.train, order, train.x) : 0 };
    });
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

  /** @param order that the rows lie in; null: that of the split */
  private part(
    at: Pointer,
    { x: { rows }, y }: LabelledRows,
    problems: number,
    order: Int32Array | null,
  ): { part: LinearPart; codes: Pointer; decisions: Pointer } {
    const { kernels } = this;
    const part = new LinearPart(kernels, rows);
    const codes = kernels.put(order ? order.map((row) => y[row] ?? 0) : y);
    const decisions = kernels.reserve(rows * problems * 8);
    part.place(at, codes, decisions, rows);
    return { part, codes, decisions };
  }

  /** A copy of the rows in an order of visit. */
  private copy(rows: Pointer, order: Pointer, { rows: count, columns }: Matrix): Pointer {
    const copy = this.kernels.reserve(count * columns * 8);
    this.kernels.run.takeRows(rows, order, count, columns, copy);
    return copy;
  }
}
