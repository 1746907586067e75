import { IdParams } from '../../contract/api.js';
import { Workflow } from '../../contract/entities.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowCancel: Route = (app, { engine }) => {
  app.post(
    '/api/workflows/:id/cancel',
    {
      schema: {
        summary: 'Cancel a workflow',
        operationId: 'cancelWorkflow',
        tags: ['workflows'],
        params: IdParams,
        response: {
          200: json(Workflow, 'Cancelled'),
          ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND', 'WORKFLOW_ENDED'),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      await engine.workflows.cancel(id);
      return engine.workflows.get(id, languageOf(request));
    },
  );
};
