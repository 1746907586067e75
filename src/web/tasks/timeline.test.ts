import { describe, expect, it } from 'vitest';
import type { Task } from '../../contract/operations.js';
import { timelineOf } from './timeline.js';

const start = Date.UTC(2026, 2, 4, 5, 6, 0);
const at = (second: number) => new Date(start + second * 1000).toISOString();

function task(changes: Partial<Task>): Pick<Task, 'createdAt' | 'completedAt' | 'status' | 'attempts'> {
  return { createdAt: at(0), completedAt: null, status: 'STARTED', attempts: [], ...changes };
}

const attempt = (number: number, from: number, to: number | null, end: Task['attempts'][number]['end']) => ({
  attempt: number,
  worker: `worker@${number}`,
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
  end,
  errorCode: null,
});

describe('a task over time', () => {
  it('attempts stand one after the other, each with its waiting before it', () => {
    const attempts = [attempt(1, 10, 40, 'lost'), attempt(2, 60, 100, 'completed')];
    const { from, to, rows, waiting } = timelineOf(
      task({ status: 'SUCCESS', completedAt: at(100), attempts }),
      start + 9e6,
    );
    expect([from, to]).toEqual([start, start + 100_000]);
    expect(rows.map((row) => [row.attempt, row.worker, row.end, row.from, row.start, row.to])).toEqual([
      [1, 'worker@1', 'lost', 0, 0.1, 0.4],
      [2, 'worker@2', 'completed', 0.4, 0.6, 1],
    ]);
    expect(waiting).toBeNull();
  });

  it('what runs reaches until now, and what waits again waits since the last attempt', () => {
    const running = timelineOf(task({ attempts: [attempt(1, 10, null, null)] }), start + 50_000);
    expect(running.rows.map(({ start: from, to }) => [from, to])).toEqual([[0.2, 1]]);
    const waits = timelineOf(task({ status: 'RETRY', attempts: [attempt(1, 0, 25, 'retried')] }), start + 100_000);
    expect(waits.waiting).toBe(0.25);
    expect(timelineOf(task({ status: 'PENDING' }), start + 5000)).toMatchObject({ rows: [], waiting: 0 });
  });

  it('a clock that is behind, and a task of no length, still draw', () => {
    const early = timelineOf(task({ attempts: [attempt(1, 10, null, null)] }), start);
    for (const row of early.rows) expect([row.from, row.start, row.to]).toEqual([0, 1, 1]);
    const instant = timelineOf(task({ status: 'REVOKED', completedAt: at(0) }), start);
    expect(instant).toMatchObject({ from: start, to: start, rows: [], waiting: null });
  });
});
