import { IdParams } from '../../contract/api.js';
import { Workflow } from '../../contract/entities.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowRetry: Route = (app, { engine }) => {
  app.post(
    '/api/workflows/:id/retry',
    {
      schema: {
        summary: 'Run a failed or cancelled workflow on from the step that failed',
        operationId: 'retryWorkflow',
        tags: ['workflows'],
        params: IdParams,
        response: {
          200: json(Workflow, 'It runs again'),
          ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND', 'WORKFLOW_NOT_FAILED'),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      await engine.workflows.retry(id);
      return engine.workflows.get(id, languageOf(request));
    },
  );
};
