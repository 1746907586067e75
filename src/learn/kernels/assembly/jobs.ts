/** The jobs of a crew, and both ends of it: the host that opens one and the helper that waits for the next. */
import { close, DONE, enter, HERE, JOB, leave, nextJob, open, TASK, waitFor } from './crew';
import { LinearJob, linearPieces, linearWork } from './linear-job';
import { NetworkJob, networkPieces, networkWork } from './network-job';

/** Does a job, together with the helpers that are awake. Traps when a helper fails. */
export function work(crew: usize, task: i32, job: usize): void {
  store<i32>(crew + TASK, task);
  store<usize>(crew + JOB, job);
  open(crew);
  attend(crew, 0);
  waitFor(crew, crew + DONE, pieces(crew));
  close(crew);
}

/** What a helper does all its life; returns when the crew is stopped. */
export function serve(crew: usize, thread: i32): void {
  atomic.add<i32>(crew + HERE, 1);
  for (let generation = nextJob(crew, 0); generation != 0; generation = nextJob(crew, generation)) {
    if (enter(crew, generation)) attend(crew, thread);
    leave(crew);
  }
}

function attend(crew: usize, thread: i32): void {
  const task = load<i32>(crew + TASK);
  const job = load<usize>(crew + JOB);
  if (task == 1) linearWork(crew, changetype<LinearJob>(job));
  else networkWork(crew, changetype<NetworkJob>(job), thread);
}

function pieces(crew: usize): i32 {
  const task = load<i32>(crew + TASK);
  const job = load<usize>(crew + JOB);
  if (task == 1) return linearPieces(changetype<LinearJob>(job));
  return networkPieces(crew, changetype<NetworkJob>(job));
}
