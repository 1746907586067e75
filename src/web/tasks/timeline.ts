/** A task over time: when it waited, and which attempt ran when. */
import type { AttemptEnd, Task } from '../../contract/operations.js';

interface TimelineRow {
  attempt: number;
  worker: string | null;
  end: AttemptEnd | null;
  /** Milliseconds since 1970. */
  waitedFrom: number;
  startedAt: number;
  endedAt: number;
  /** Places on the line, 0 to 1: where it began to wait, to run, and ended. */
  from: number;
  start: number;
  to: number;
}

export interface Timeline {
  from: number;
  to: number;
  rows: TimelineRow[];
  /** What waits now, after the last attempt (or before the first): where its waiting began, 0 to 1. */
  waiting: number | null;
}

const waits: readonly Task['status'][] = ['PENDING', 'RETRY'];

/** @param now the time to which what still waits or runs is drawn */
export function timelineOf(
  task: Pick<Task, 'createdAt' | 'completedAt' | 'status' | 'attempts'>,
  now: number,
): Timeline {
  const from = Math.min(Date.parse(task.createdAt), ...task.attempts.map(({ startedAt }) => Date.parse(startedAt)));
  const open = waits.includes(task.status);
  const times = task.attempts.map(({ startedAt, endedAt }) => ({
    started: Date.parse(startedAt),
    ended: endedAt === null ? Math.max(now, Date.parse(startedAt)) : Date.parse(endedAt),
  }));
  const last = Math.max(from, ...times.map(({ ended }) => ended));
  const to = open ? Math.max(now, last) : last;
  // A task of no length at all is still a line.
  const length = Math.max(1, to - from);
  const place = (time: number) => Math.min(1, Math.max(0, (time - from) / length));
  const rows = task.attempts.map((attempt, index): TimelineRow => {
    const { started = from, ended = from } = times[index] ?? {};
    const waitedFrom = Math.min(started, index === 0 ? from : (times[index - 1]?.ended ?? from));
    return {
      attempt: attempt.attempt,
      worker: attempt.worker,
      end: attempt.end,
      waitedFrom,
      startedAt: started,
      endedAt: ended,
      from: place(waitedFrom),
      start: place(started),
      to: place(ended),
    };
  });
  return { from, to, rows, waiting: open ? place(rows.length === 0 ? from : last) : null };
}
