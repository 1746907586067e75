/** Spans of tasks as the pages tell them, which go on while a task waits or runs. */
import type { TaskSummary } from '../../contract/operations.js';
import type { Texts } from '../language/language.js';

type Timed = Pick<TaskSummary, 'status' | 'startedAt' | 'durationMs'>;

/** How long the last attempt took or takes, in milliseconds; null before there was one. */
export function durationOf(task: Timed, now: number): number | null {
  if (task.durationMs !== null) return task.durationMs;
  if (task.startedAt === null || task.status !== 'STARTED') return null;
  return wholeSeconds(now - Date.parse(task.startedAt));
}

/** A span that is counted on a page, in whole seconds, so that it does not flicker; never negative. */
export const wholeSeconds = (milliseconds: number): number => Math.max(0, Math.floor(milliseconds / 1000) * 1000);

/** `3 min 2 s`, or a dash. */
export function spanText({ t, format }: Pick<Texts, 't' | 'format'>, milliseconds: number | null): string {
  return milliseconds === null ? t.common.none : format.duration(milliseconds);
}
