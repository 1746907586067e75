import { describe, expect, it } from 'vitest';
import { sampleMetrics, sampleWorkflow } from '../../test/support/sample-workflow.js';
import { runDocument } from './document.js';

describe('the JSON document of a run', () => {
  it('has exactly the fields of the contract', () => {
    const workflow = sampleWorkflow();
    expect(
      runDocument(workflow, sampleMetrics, {
        'model.joblib': 'out/model.joblib',
        'processed.pkl': 'out/processed.pkl',
      }),
    ).toEqual({
      workflowId: 7,
      status: 'COMPLETED',
      steps: [
        {
          name: 'upload',
          status: 'COMPLETED',
          startedAt: '2026-03-04T05:06:00.000Z',
          completedAt: '2026-03-04T05:06:01.000Z',
          durationMs: 1000,
        },
        {
          name: 'preprocess',
          status: 'COMPLETED',
          startedAt: '2026-03-04T05:06:01.000Z',
          completedAt: '2026-03-04T05:06:03.000Z',
          durationMs: 2000,
        },
        {
          name: 'train',
          status: 'COMPLETED',
          startedAt: '2026-03-04T05:06:03.000Z',
          completedAt: '2026-03-04T05:06:06.000Z',
          durationMs: 3000,
        },
      ],
      config: workflow.config,
      ignored: ['batch_size'],
      classes: ['no', 'yes'],
      rows: { total: 102, dropped: 2, train: 80, validation: 20 },
      features: 4,
      metrics: sampleMetrics,
      result: {
        trainAccuracy: 0.9,
        validationAccuracy: 0.85,
        confusionMatrix: [
          [10, 0],
          [3, 7],
        ],
        perClass: workflow.result?.perClass,
      },
      artifacts: { 'model.joblib': 'out/model.joblib', 'processed.pkl': 'out/processed.pkl' },
    });
  });

  it('names the path of the API for a file that was not saved', () => {
    expect(runDocument(sampleWorkflow(), []).artifacts).toEqual({
      'model.joblib': '/api/workflows/7/artifacts/model.joblib',
      'processed.pkl': '/api/workflows/7/artifacts/processed.pkl',
    });
  });

  it('of a failed workflow is whole and holds the error', () => {
    const error = { code: 'TARGET_CONSTANT', params: { target: 'y', value: '1' }, message: 'm', hint: 'h' } as const;
    const document = runDocument(sampleWorkflow({ status: 'FAILED', result: null, artifacts: [], error }), []);
    expect(document).toMatchObject({
      status: 'FAILED',
      classes: [],
      rows: null,
      features: null,
      metrics: [],
      result: null,
      artifacts: {},
      error,
    });
  });
});
