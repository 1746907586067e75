/**
 * Several threads at one job: each runs this module over the same memory.
 *
 * The host opens a job and takes part in it; helpers that are awake take part as well. Whoever comes takes the
 * next piece that nobody has taken, so a helper that never wakes costs nothing, and one that sleeps in the
 * middle of a piece is waited for. Which thread does a piece changes no number: every element is computed by
 * one thread, in the one order.
 *
 * The words of a crew, each on a cache line of its own; ../crew.ts knows the offsets.
 *   GENERATION  odd while a job is open
 *   STOPPING    1: helpers end
 *   AWAY        minus the helpers that are inside a job
 *   NEXT, DONE  pieces taken, pieces done
 *   SLEEPERS    threads that wait without spinning, who must be woken
 *   BEATS       rises with every piece and every stretch of rows: somebody is alive
 *   FAILED      1: a helper ended in the middle of its work
 *   TASK, JOB, SIZE, PATIENCE  what to do, its description, threads in all, waits without a beat before giving up
 *   HERE  helpers that have come
 */
export const GENERATION: usize = 0;
export const STOPPING: usize = 64;
export const AWAY: usize = 128;
export const NEXT: usize = 192;
export const DONE: usize = 256;
export const SLEEPERS: usize = 320;
export const BEATS: usize = 384;
export const FAILED: usize = 448;
export const TASK: usize = 512;
export const JOB: usize = 516;
export const SIZE: usize = 520;
export const PATIENCE: usize = 524;
export const HERE: usize = 528;

/** Looks before a thread sleeps: some tens of microseconds, about what waking takes. */
const spins = 20_000;
/** A wait looks up this often even if nobody wakes it, in nanoseconds. */
const nap: i64 = 10_000_000;

/** Waits until the word at `at` is `least` or more. Traps when a helper has failed, or nothing moves any more. */
export function waitFor(crew: usize, at: usize, least: i32): void {
  for (let i = 0; i < spins; i++) if (atomic.load<i32>(at) >= least) return;
  let beats = atomic.load<i32>(crew + BEATS);
  let still = 0;
  while (true) {
    const seen = atomic.load<i32>(at);
    if (seen >= least) return;
    if (atomic.load<i32>(crew + FAILED)) unreachable();
    atomic.add<i32>(crew + SLEEPERS, 1);
    atomic.wait<i32>(at, seen, nap);
    atomic.sub<i32>(crew + SLEEPERS, 1);
    const now = atomic.load<i32>(crew + BEATS);
    still = now == beats ? still + 1 : 0;
    beats = now;
    if (still > load<i32>(crew + PATIENCE)) unreachable();
  }
}

/** Wakes whoever sleeps on the word at `at`, which has just changed. */
export function wake(crew: usize, at: usize): void {
  if (atomic.load<i32>(crew + SLEEPERS) > 0) atomic.notify(at, -1);
}

/** Says that this thread goes on. */
export function beat(crew: usize): void {
  atomic.add<i32>(crew + BEATS, 1);
}

/** Takes a piece; the answer is its number, which may be beyond the last. */
export function take(crew: usize): i32 {
  return atomic.add<i32>(crew + NEXT, 1);
}

/** One more piece is done. */
export function finish(crew: usize): void {
  beat(crew);
  atomic.add<i32>(crew + DONE, 1);
  wake(crew, crew + DONE);
}

/** Opens a job: nobody is inside the one before. */
export function open(crew: usize): void {
  atomic.store<i32>(crew + NEXT, 0);
  atomic.store<i32>(crew + DONE, 0);
  atomic.add<i32>(crew + GENERATION, 1);
  if (load<i32>(crew + SIZE) > 1) atomic.notify(crew + GENERATION, -1);
}

/** Ends the job, once all who take part have left it. */
export function close(crew: usize): void {
  atomic.add<i32>(crew + GENERATION, 1);
  waitFor(crew, crew + AWAY, 0);
}

/** Waits for a job other than the one of generation `last`. @returns its generation; 0 to end */
export function nextJob(crew: usize, last: i32): i32 {
  let looks = 0;
  while (true) {
    const generation = atomic.load<i32>(crew + GENERATION);
    if (atomic.load<i32>(crew + STOPPING)) return 0;
    if (generation != last && generation & 1) return generation;
    if (++looks > 4 * spins) atomic.wait<i32>(crew + GENERATION, generation, -1);
  }
}

/** Enters the job of a generation. @returns whether it is still open; `leave` it in any case */
export function enter(crew: usize, generation: i32): bool {
  atomic.sub<i32>(crew + AWAY, 1);
  return atomic.load<i32>(crew + GENERATION) == generation;
}

export function leave(crew: usize): void {
  atomic.add<i32>(crew + AWAY, 1);
  wake(crew, crew + AWAY);
}
