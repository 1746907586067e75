import { describe, expect, it } from 'vitest';
import { sampleMetrics, sampleWorkflow } from '../../test/support/sample-workflow.js';
import { applyEvent, metricsInOrder, remainingMs, startState } from './follow-state.js';

const metricsEvent = (...epochs: number[]) => ({
  type: 'metrics' as const,
  data: {
    items: epochs.map((epoch) => ({
      epoch,
      trainAccuracy: 0.5,
      validationAccuracy: 0.5,
      trainLoss: 1,
      validationLoss: 1,
    })),
  },
});

describe('the state of a followed workflow', () => {
  it('tells the remaining time from the pace of the epochs', () => {
    const state = startState(sampleWorkflow({ epochs: 10 }), []);
    expect(remainingMs(state, 0)).toBeNull();
    applyEvent(state, metricsEvent(1, 2), 1000);
    expect(remainingMs(state, 1000)).toBeNull();
    applyEvent(state, metricsEvent(3, 4), 3000);
    expect(remainingMs(state, 3000)).toBe(6000);
    expect(remainingMs(state, 4000)).toBe(5000);
    expect(remainingMs(state, 60_000)).toBe(0);
  });

  it('measures the pace anew when a step is tried again', () => {
    const state = startState(sampleWorkflow({ epochs: 10 }), []);
    applyEvent(state, metricsEvent(1), 0);
    applyEvent(state, metricsEvent(8), 1000);
    applyEvent(state, metricsEvent(2), 50_000);
    expect(remainingMs(state, 50_000)).toBeNull();
    applyEvent(state, metricsEvent(3), 51_000);
    expect(remainingMs(state, 51_000)).toBe(7000);
  });

  it('holds each epoch once, in order, with the figures told last', () => {
    const state = startState(sampleWorkflow(), sampleMetrics);
    applyEvent(state, metricsEvent(2), 0);
    expect(metricsInOrder(state).map(({ epoch, trainAccuracy }) => [epoch, trainAccuracy])).toEqual([
      [1, 0.5],
      [2, 0.5],
      [3, 0.9],
    ]);
  });
});
