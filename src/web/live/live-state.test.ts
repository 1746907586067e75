import { describe, expect, it } from 'vitest';
import type { LogLine, Step, StepName, Workflow } from '../../contract/entities.js';
import { applyEvent, applyHistory, applyWorkflow, hasEnded, notePace, remainingMs, startLive } from './live-state.js';

const at = '2026-03-01T10:00:00.000Z';
const start = Date.parse(at);

const step = (name: StepName, over: Partial<Step> = {}): Step => ({
  id: { upload: 1, preprocess: 2, train: 3, custom: 4 }[name],
  workflowId: 7,
  name,
  status: 'PENDING',
  taskId: null,
  attempt: 0,
  queuedAt: null,
  startedAt: null,
  completedAt: null,
  durationMs: null,
  retryAt: null,
  worker: null,
  progress: null,
  params: {},
  result: null,
  error: null,
  ...over,
});

const workflow = (over: Partial<Workflow> = {}): Workflow => ({
  id: 7,
  name: 'penguins',
  status: 'RUNNING',
  owner: '',
  priority: 5,
  model: 'PA',
  dataset: { id: 1, name: 'penguins', fileName: 'penguins.csv', sizeBytes: 10 },
  createdAt: at,
  startedAt: at,
  completedAt: null,
  durationMs: null,
  trainAccuracy: null,
  validationAccuracy: null,
  epochs: 100,
  epoch: 0,
  config: {
    model: 'PA',
    params: { epochs: 100, test_size: 0.2, random_state: 42, C: 1, loss: 'hinge', class_weight: null },
    target: 'species',
    preprocessing: { missing: 'impute', stratify: false, columns: {}, reading: {} },
  },
  ignored: [],
  origin: null,
  error: null,
  steps: [step('upload'), step('preprocess'), step('train')],
  result: null,
  artifacts: [],
  ...over,
});

const metric = (epoch: number) => ({
  epoch,
  trainAccuracy: 0.9,
  validationAccuracy: 0.8,
  trainLoss: 0.1,
  validationLoss: 0.2,
});

const line = (id: number): LogLine => ({
  id,
  at,
  level: 'info',
  step: null,
  attempt: null,
  code: 'workflowCreated',
  params: {},
  message: 'Workflow created.',
});

describe('live state', () => {
  it('of a workflow that has ended, too, nothing is known before it is read', () => {
    expect(startLive(workflow({ status: 'FAILED' })).link).toBe('connecting');
    expect(startLive(workflow()).link).toBe('connecting');
    expect(
      ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'].map((status) => hasEnded(status as never)),
    ).toEqual([false, false, true, true, true]);
  });

  it('a status event changes the summary and leaves the steps with all that is known of them', () => {
    const {
      config: _config,
      ignored: _ignored,
      origin: _origin,
      error: _error,
      result: _result,
      artifacts: _artifacts,
      ...summary
    } = workflow({ epoch: 12, validationAccuracy: 0.97 });
    const before = startLive(workflow());
    const after = applyEvent(
      before,
      { type: 'status', data: { ...summary, steps: [{ name: 'upload', status: 'COMPLETED' }] } },
      start,
    );
    expect(after.workflow.epoch).toBe(12);
    expect(after.workflow.validationAccuracy).toBe(0.97);
    expect(after.workflow.steps).toBe(before.workflow.steps);
    expect(applyEvent(before, { type: 'status', data: { ...summary, id: 8 } }, start)).toBe(before);
  });

  it('a step event replaces that step, unless it tells of an attempt that is over', () => {
    const before = startLive(workflow({ steps: [step('upload'), step('preprocess'), step('train', { attempt: 2 })] }));
    const after = applyEvent(
      before,
      { type: 'step', data: step('upload', { status: 'COMPLETED', attempt: 1 }) },
      start,
    );
    expect(after.workflow.steps.map(({ status }) => status)).toEqual(['COMPLETED', 'PENDING', 'PENDING']);
    const late = applyEvent(after, { type: 'step', data: step('train', { status: 'FAILED', attempt: 1 }) }, start);
    expect(late.workflow.steps[2]?.status).toBe('PENDING');
  });

  it('metrics that are told twice are kept once', () => {
    let state = startLive(workflow());
    state = applyEvent(state, { type: 'metrics', data: { items: [metric(1), metric(2)] } }, start);
    state = applyEvent(state, { type: 'metrics', data: { items: [metric(2), metric(3)] } }, start);
    expect([...state.series.epochs]).toEqual([1, 2, 3]);
    expect(state.revision).toBe(2);
  });

  it('log lines that are told twice are kept once, in order', () => {
    let state = startLive(workflow());
    state = applyEvent(state, { type: 'log', data: { items: [line(4), line(5)] } }, start);
    state = applyEvent(state, { type: 'log', data: { items: [line(5), line(6)] } }, start);
    expect(state.logs.map(({ id }) => id)).toEqual([4, 5, 6]);
  });

  it('a workflow asked for anew takes the place of what events told', () => {
    const state = applyWorkflow(startLive(workflow()), workflow({ status: 'COMPLETED' }));
    expect(state.workflow.status).toBe('COMPLETED');
  });
});

describe('remainingMs', () => {
  const training = workflow({
    steps: [step('upload'), step('preprocess'), step('train', { status: 'RUNNING', attempt: 1, startedAt: at })],
  });

  it('follows the pace that was seen', () => {
    let state = startLive(training);
    state = applyEvent(state, { type: 'metrics', data: { items: [metric(50)] } }, start + 60_000);
    state = applyEvent(state, { type: 'metrics', data: { items: [metric(60)] } }, start + 62_000);
    expect(remainingMs(state, start + 62_000)).toBe(8000);
    expect(remainingMs(state, start + 63_000)).toBe(7000);
  });

  it('is not led astray by epochs of the past that are read, or told again, within moments', () => {
    let state = applyHistory(startLive(training), [metric(20), metric(40)]);
    state = notePace(state, start + 60_000);
    state = applyEvent(state, { type: 'metrics', data: { items: [metric(20)] } }, start + 60_001);
    state = applyEvent(state, { type: 'metrics', data: { items: [metric(42)] } }, start + 62_000);
    expect(remainingMs(state, start + 62_000)).toBe(58_000);
  });

  it('takes the pace since the start before two epochs were seen', () => {
    const state = applyEvent(startLive(training), { type: 'metrics', data: { items: [metric(25)] } }, start + 5000);
    expect(remainingMs(state, start + 5000)).toBe(15_000);
  });

  it('says nothing of a resumed attempt whose own pace is unknown, nor of a workflow that does not train', () => {
    const resumed = workflow({
      steps: [step('train', { status: 'RUNNING', attempt: 2, startedAt: at })],
    });
    const state = applyEvent(startLive(resumed), { type: 'metrics', data: { items: [metric(25)] } }, start + 5000);
    expect(remainingMs(state, start + 5000)).toBeNull();
    expect(remainingMs(startLive(workflow()), start)).toBeNull();
  });
});
