/**
 * Fitting and transforming a table of numbers, in tasks that several threads take from one queue.
 *
 * The host lays tasks into a ring and counts them in POSTED; whoever has nothing to do takes the next one by raising
 * CLAIMED, the host too, so that nothing waits for a helper that has not come. Both words only ever grow: a thread
 * that looks late finds nothing, or a task that is really there. A task's word DONE becomes its number + 1.
 */
import { fitColumn } from './fit';
import { transform } from './transform';

// Offsets; ../table-kernel.ts knows them too.
const POSTED: usize = 0;
const CLAIMED: usize = 64;
const STOPPING: usize = 128;
const THREADS: usize = 320;
const RING: usize = 512;

// Of a task.
const DONE: usize = 0;
const KIND: usize = 4;
const RING_TASKS = 256;
const TASK_BYTES: usize = 64;

const FIT = 1;

/** Looks before a thread sleeps: some microseconds, about what waking takes. */
const spins = 4_000;
/** A wait looks up this often even if nobody wakes it, in nanoseconds. */
const nap: i64 = 10_000_000;

/** Where memory that the caller may use begins. */
export function freeFrom(): usize {
  return __heap_base;
}

/** Takes the next task and does it. @returns false where none is waiting */
export function help(crew: usize, thread: i32): bool {
  let task = 0;
  do {
    task = atomic.load<i32>(crew + CLAIMED);
    if (task >= atomic.load<i32>(crew + POSTED)) return false;
  } while (atomic.cmpxchg<i32>(crew + CLAIMED, task, task + 1) != task);
  const place = crew + RING + <usize>(task % RING_TASKS) * TASK_BYTES;
  if (load<i32>(place + KIND) == FIT) fitColumn(crew, place, thread);
  else transform(crew, place);
  atomic.store<i32>(place + DONE, task + 1);
  atomic.notify(place + DONE, -1);
  return true;
}

/** A helper's life. Threads for which there is no scratch memory leave at once. */
export function serve(crew: usize, thread: i32): void {
  if (thread >= load<i32>(crew + THREADS)) return;
  let looks = 0;
  while (true) {
    const seen = atomic.load<i32>(crew + POSTED);
    if (help(crew, thread)) looks = 0;
    else if (atomic.load<i32>(crew + STOPPING)) return;
    else if (++looks > spins) atomic.wait<i32>(crew + POSTED, seen, nap);
  }
}
