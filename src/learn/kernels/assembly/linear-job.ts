/**
 * An epoch of a linear model for a crew: groups of one-vs-rest classes that train, then stretches of rows to score.
 *
 * The pieces are taken in this order: each group's pass (if the job trains), the validation rows, the training
 * rows. A pass leaves behind the decisions of the weights it began with, so that a training row can be scored as
 * soon as every group has gone past it. Losses are summed stretch by stretch, whoever scores them.
 */
import { beat, finish, take, wake, waitFor } from './crew';
import { Problem, passFive, passFour, passOne } from './linear';
import { decideStretch, hits, scoreHingeStretch, scoreLogisticStretch } from './score';

/** Rows a stretch; also the rows a call, since the engine replaces a function by its optimised code between calls. */
const stretch = 4096;

/** Rows, a decision a class and row, and what each stretch scored. The host knows the offsets. */
@unmanaged
class Part {
  x: usize;
  codes: usize;
  decisions: usize;
  rows: i32;
  losses: usize; // f64 a stretch
  hits: usize; // f64 a stretch
}

@unmanaged
export class LinearJob {
  train: Part;
  validation: Part;
  columns: i32;
  classes: i32; // rows of coef
  coef: usize;
  intercept: usize;
  logistic: i32;
  trains: i32; // 1: the groups make a pass
  scores: i32; // 1: both parts are scored
  groups: i32;
  members: i32; // of a group: 1, 4 or 5
  problems: usize; // addresses, one a member, group after group
  progress: usize; // rows visited by each group, on a cache line of its own
}

export function linearWork(crew: usize, job: LinearJob): void {
  const passes = job.trains ? job.groups : 0;
  const ofValidation = passes + (job.scores ? stretches(job.validation) : 0);
  const all = ofValidation + (job.scores ? stretches(job.train) : 0);
  for (let piece = take(crew); piece < all; piece = take(crew)) {
    if (piece < passes) pass(crew, job, piece);
    else if (piece < ofValidation) scoreStretch(job, job.validation, piece - passes, true);
    else {
      if (job.trains) waitForDecisions(crew, job, piece - ofValidation);
      scoreStretch(job, job.train, piece - ofValidation, !job.trains);
    }
    finish(crew);
  }
}

/** Pieces of the job, for the host to wait for. */
export function linearPieces(job: LinearJob): i32 {
  return (job.trains ? job.groups : 0) + (job.scores ? stretches(job.validation) + stretches(job.train) : 0);
}

function stretches(part: Part): i32 {
  return (part.rows + stretch - 1) / stretch;
}

function pass(crew: usize, job: LinearJob, group: i32): void {
  const first = job.problems + <usize>(group * job.members) * 4;
  const p = member(first, 0);
  const x = job.train.x;
  const progress = job.progress + (<usize>group << 6);
  for (let from = 0; from < job.train.rows; from += stretch) {
    const to = min(job.train.rows, from + stretch);
    if (job.members == 1) passOne(p, x, from, to);
    else if (job.members == 4) passFour(p, member(first, 1), member(first, 2), member(first, 3), x, from, to);
    else passFive(p, member(first, 1), member(first, 2), member(first, 3), member(first, 4), x, from, to);
    atomic.store<i32>(progress, to);
    beat(crew);
    wake(crew, progress);
  }
}

function member(first: usize, index: usize): Problem {
  return changetype<Problem>(load<usize>(first + index * 4));
}

/** One problem visits the rows as they lie; several have orders of their own, and leave gaps until the end. */
function waitForDecisions(crew: usize, job: LinearJob, index: i32): void {
  const end = job.members == 1 ? min(job.train.rows, (index + 1) * stretch) : job.train.rows;
  for (let group = 0; group < job.groups; group++) waitFor(crew, job.progress + (<usize>group << 6), end);
}

function scoreStretch(job: LinearJob, part: Part, index: i32, decides: bool): void {
  const from = index * stretch;
  const rows = min(stretch, part.rows - from);
  const decisions = part.decisions + (<usize>from << 3);
  const line = <usize>part.rows << 3;
  if (decides) {
    const x = part.x + <usize>from * (<usize>job.columns << 3);
    decideStretch(x, rows, job.columns, job.coef, job.intercept, job.classes, decisions, line);
  }
  const codes = part.codes + (<usize>from << 2);
  const loss = job.logistic
    ? scoreLogisticStretch(decisions, codes, rows, job.classes, line)
    : scoreHingeStretch(decisions, codes, rows, job.classes, line);
  store<f64>(part.losses + (<usize>index << 3), loss);
  store<f64>(part.hits + (<usize>index << 3), hits());
}
