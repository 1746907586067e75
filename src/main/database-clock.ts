/**
 * One time for all nodes. Leases and retries are reckoned by times that one node writes and another compares, so a
 * machine whose clock is an hour wrong would hold its leases for an hour, or lose each as soon as it has it. The
 * database has a clock as well: a node that differs from it goes by it.
 */
import type { Clock, Store } from '../engine/ports.js';

const lookMs = 5_000;
/** Less is noise of the network, or a difference that the engine tolerates; correcting it would make time jump. */
const tolerableMs = 1_500;
/** With an answer that took longer, nobody knows when the database read its clock. */
const longestTripMs = 1_000;

export interface DatabaseClock extends Clock {
  /** The system's clock minus the database's, as far as it is corrected; 0 while the two agree. */
  readonly aheadMs: number;
  stop(): void;
}

/** Resolves when the difference has been measured once; a database that does not answer changes nothing. */
export async function openDatabaseClock(
  system: Clock,
  store: Pick<Store, 'databaseTime'>,
  onChange: (aheadMs: number) => void,
): Promise<DatabaseClock> {
  let aheadMs = 0;
  const look = async () => {
    const ticks = performance.now();
    const asked = system.now().getTime();
    const time = await store.databaseTime();
    const tripMs = performance.now() - ticks;
    if (tripMs > longestTripMs) return;
    const difference = Math.round(asked + tripMs / 2 - time.getTime());
    const correction = Math.abs(difference) < tolerableMs ? 0 : difference;
    // A correction that is as good as before stays, so that time does not tremble.
    if (Math.abs(correction - aheadMs) < tolerableMs && (correction === 0) === (aheadMs === 0)) return;
    aheadMs = correction;
    onChange(aheadMs);
  };
  const lookSafely = () => look().catch(() => {});
  await lookSafely();
  const timer = setInterval(() => void lookSafely(), lookMs);
  timer.unref();
  return {
    get aheadMs() {
      return aheadMs;
    },
    now: () => new Date(system.now().getTime() - aheadMs),
    stop: () => clearInterval(timer),
  };
}
