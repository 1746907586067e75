/** What the monitor knows of a workflow, and how each piece of news changes it. */
import type { LiveEvent } from '../../contract/api.js';
import type { LogLine, Metric, Workflow, WorkflowStatus } from '../../contract/entities.js';
import { EpochSeries } from './epoch-series.js';

/**
 * How news arrives: not yet, pushed, asked for, not while the server is away, or no more because the workflow has
 * ended and all of its figures and lines are here.
 */
export type Link = 'connecting' | 'live' | 'polling' | 'away' | 'ended';

export interface LiveState {
  workflow: Workflow;
  /** Grows in place; `revision` says when. */
  series: EpochSeries;
  logs: readonly LogLine[];
  link: Link;
  revision: number;
  /** When which epoch was reached, as seen here: the pace that the ETA follows. Oldest first, the last half minute. */
  pace: readonly PacePoint[];
}

interface PacePoint {
  at: number;
  epoch: number;
}

const paceWindowMs = 30_000;
/** Older lines leave the page; the file of the log keeps them. */
const shownLogLines = 5000;

export const hasEnded = (status: WorkflowStatus): boolean =>
  status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';

export function startLive(workflow: Workflow): LiveState {
  return { workflow, series: new EpochSeries(), logs: [], link: 'connecting', revision: 0, pace: [] };
}

/** The state after an event, or the same state where the event tells nothing new of this workflow. */
export function applyEvent(state: LiveState, event: LiveEvent, now: number): LiveState {
  switch (event.type) {
    case 'status':
      if (event.data.id !== state.workflow.id) return state;
      return { ...state, workflow: { ...state.workflow, ...event.data, steps: state.workflow.steps } };
    case 'step':
      return {
        ...state,
        workflow: {
          ...state.workflow,
          steps: state.workflow.steps.map((step) =>
            step.name === event.data.name && event.data.attempt >= step.attempt ? event.data : step,
          ),
        },
      };
    case 'metrics':
      return addMetrics(state, event.data.items, now);
    case 'log':
      return { ...state, logs: mergeLogs(state.logs, event.data.items) };
  }
}

/** A whole workflow that was asked for anew takes the place of what events told. */
export function applyWorkflow(state: LiveState, workflow: Workflow): LiveState {
  return { ...state, workflow };
}

function addMetrics(
  state: LiveState,
  items: Extract<LiveEvent, { type: 'metrics' }>['data']['items'],
  now: number,
): LiveState {
  if (items.length === 0) return state;
  const before = state.series.lastEpoch;
  state.series.add(items);
  const added = { ...state, revision: state.revision + 1 };
  return state.series.lastEpoch > before ? notePace(added, now) : added;
}

/** Figures of epochs that were trained before this page looked: they tell nothing of the pace. */
export function applyHistory(state: LiveState, items: readonly Metric[]): LiveState {
  if (items.length === 0) return state;
  state.series.add(items);
  return { ...state, revision: state.revision + 1 };
}

/** Remembers that the last epoch known was reached by now. */
export function notePace(state: LiveState, now: number): LiveState {
  const epoch = state.series.lastEpoch;
  const pace = state.pace.filter((point) => now - point.at <= paceWindowMs && point.epoch < epoch);
  return { ...state, pace: [...pace, { at: now, epoch }] };
}

function mergeLogs(known: readonly LogLine[], items: readonly LogLine[]): readonly LogLine[] {
  const last = known.at(-1)?.id ?? 0;
  const fresh = items.filter((line) => line.id > last);
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-shownLogLines);
}

/**
 * Milliseconds until training ends, by the pace of the last half minute, else by the pace since its attempt
 * started; null while nothing can be said.
 */
export function remainingMs(state: LiveState, now: number): number | null {
  const { workflow, pace, series } = state;
  const train = workflow.steps.find((step) => step.name === 'train');
  if (workflow.status !== 'RUNNING' || train?.status !== 'RUNNING') return null;
  const left = workflow.epochs - Math.max(series.lastEpoch, workflow.epoch);
  if (left <= 0) return 0;
  const first = pace[0];
  const last = pace.at(-1);
  if (first && last && last.at - first.at >= 1000 && last.epoch > first.epoch) {
    const perEpoch = (last.at - first.at) / (last.epoch - first.epoch);
    return Math.max(0, left * perEpoch - (now - last.at));
  }
  // A resumed attempt did not train the epochs before it, so its own pace is not known yet.
  if (train.startedAt === null || train.attempt > 1 || series.lastEpoch === 0) return null;
  return (left * (now - Date.parse(train.startedAt))) / series.lastEpoch;
}
