/** What is known of a workflow while it is followed: a fold over its live events. */
import type { LiveEvent } from '../contract/api.js';
import {
  type LogLine,
  type Metric,
  type Step,
  stepNames,
  type Workflow,
  type WorkflowStatus,
} from '../contract/entities.js';

export interface FollowState {
  readonly id: number;
  status: WorkflowStatus;
  readonly epochs: number;
  readonly steps: Map<Step['name'], Step>;
  /** By epoch; a step that is tried again writes its epochs anew. */
  readonly metrics: Map<number, Metric>;
  readonly warnings: LogLine[];
  /** Epochs as they came in, for the pace: the first of this attempt and the last. */
  pace: { first: { epoch: number; atMs: number }; last: { epoch: number; atMs: number } } | null;
}

export function startState(workflow: Workflow, metrics: readonly Metric[]): FollowState {
  return {
    id: workflow.id,
    status: workflow.status,
    epochs: workflow.epochs,
    steps: new Map(workflow.steps.map((step) => [step.name, step])),
    metrics: new Map(metrics.map((metric) => [metric.epoch, metric])),
    warnings: [],
    pace: null,
  };
}

/** @param nowMs when the event came in, by this machine's clock */
export function applyEvent(state: FollowState, event: LiveEvent, nowMs: number): void {
  switch (event.type) {
    case 'status':
      state.status = event.data.status;
      return;
    case 'step':
      state.steps.set(event.data.name, event.data);
      return;
    case 'log':
      state.warnings.push(...event.data.items.filter(({ level }) => level === 'warning' || level === 'error'));
      return;
    case 'metrics': {
      for (const metric of event.data.items) state.metrics.set(metric.epoch, metric);
      const epoch = event.data.items.at(-1)?.epoch;
      if (epoch === undefined) return;
      const now = { epoch, atMs: nowMs };
      const goesOn = state.pace !== null && epoch > state.pace.last.epoch;
      state.pace = { first: goesOn && state.pace ? state.pace.first : now, last: now };
      return;
    }
  }
}

export const stepsInOrder = (state: FollowState): Step[] => stepNames.flatMap((name) => state.steps.get(name) ?? []);

export const metricsInOrder = (state: FollowState): Metric[] =>
  [...state.metrics.values()].sort((a, b) => a.epoch - b.epoch);

/** Time that the remaining epochs will take at the pace so far, in ms; null before two epochs have come in. */
export function remainingMs(state: FollowState, nowMs: number): number | null {
  if (!state.pace) return null;
  const { first, last } = state.pace;
  if (last.epoch <= first.epoch) return null;
  const perEpoch = (last.atMs - first.atMs) / (last.epoch - first.epoch);
  return Math.max(0, perEpoch * (state.epochs - last.epoch) - (nowMs - last.atMs));
}
