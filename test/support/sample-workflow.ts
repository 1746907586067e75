/** A finished workflow as the API would answer it, checked against the schema. */
import { Metric, Workflow } from '../../src/contract/entities.js';

const time = (second: number) => `2026-03-04T05:06:${String(second).padStart(2, '0')}.000Z`;

const step = (id: number, name: string, from: number, to: number) => ({
  id,
  workflowId: 7,
  name,
  status: 'COMPLETED',
  taskId: '3f0c3f4e-6a64-4f4e-9f5e-2d8a1d2c3b4a',
  attempt: 1,
  queuedAt: time(from),
  startedAt: time(from),
  completedAt: time(to),
  durationMs: (to - from) * 1000,
  retryAt: null,
  worker: 'zincir@host-1',
  progress: null,
  params: {},
  result: {},
  error: null,
});

export const sampleMetrics: Metric[] = [0.5, 0.75, 0.9].map((accuracy, index) =>
  Metric.parse({
    epoch: index + 1,
    trainAccuracy: accuracy,
    validationAccuracy: accuracy - 0.05,
    trainLoss: 1 - accuracy,
    validationLoss: 1.05 - accuracy,
  }),
);

export function sampleWorkflow(changes: Partial<Workflow> = {}): Workflow {
  return Workflow.parse({
    id: 7,
    name: 'iris by LR',
    status: 'COMPLETED',
    owner: '',
    priority: 5,
    model: 'LR',
    dataset: { id: 3, name: 'iris', fileName: 'iris.csv', sizeBytes: 3878 },
    createdAt: time(0),
    startedAt: time(0),
    completedAt: time(6),
    durationMs: 6000,
    trainAccuracy: 0.9,
    validationAccuracy: 0.85,
    epochs: 3,
    epoch: 3,
    config: {
      model: 'LR',
      target: 'species',
      params: {
        epochs: 3,
        test_size: 0.2,
        random_state: 42,
        learning_rate: 0.01,
        learning_rate_schedule: 'constant',
        power_t: 0.5,
        penalty: 'l2',
        alpha: 0.0001,
        l1_ratio: 0.15,
        class_weight: null,
      },
      preprocessing: {},
    },
    ignored: ['batch_size'],
    origin: null,
    error: null,
    steps: [step(1, 'upload', 0, 1), step(2, 'preprocess', 1, 3), step(3, 'train', 3, 6)],
    result: {
      trainAccuracy: 0.9,
      validationAccuracy: 0.85,
      trainLoss: 0.1,
      validationLoss: 0.15,
      bestEpoch: 3,
      bestValidationAccuracy: 0.85,
      confusionMatrix: [
        [10, 0],
        [3, 7],
      ],
      perClass: [
        { class: 'no', precision: 10 / 13, recall: 1, f1: 20 / 23, support: 10 },
        { class: 'yes', precision: 1, recall: 0.7, f1: 14 / 17, support: 10 },
      ],
      classes: ['no', 'yes'],
      rows: { total: 102, dropped: 2, train: 80, validation: 20 },
      features: 4,
    },
    artifacts: [
      { name: 'model.joblib', sizeBytes: 4321, sha256: 'ab' },
      { name: 'processed.pkl', sizeBytes: 9876, sha256: 'cd' },
    ],
    ...changes,
  });
}
