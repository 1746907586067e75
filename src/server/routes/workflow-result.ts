import { IdParams } from '../../contract/api.js';
import { TrainingResult } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowResult: Route = (app, { engine }) => {
  app.get(
    '/api/workflows/:id/result',
    {
      schema: {
        summary: 'What training came to: accuracy, confusion matrix, figures of each class',
        operationId: 'getResult',
        tags: ['workflows'],
        params: IdParams,
        response: {
          200: json(TrainingResult, 'The result'),
          ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND', 'ARTIFACT_NOT_READY'),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { result } = await engine.workflows.get(id, languageOf(request));
      if (result === null) throw new AppError('ARTIFACT_NOT_READY', { id, name: 'result', step: 'train' });
      return result;
    },
  );
};
