import { IdParams } from '../../contract/api.js';
import { Workflow } from '../../contract/entities.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowGet: Route = (app, { engine }) => {
  app.get(
    '/api/workflows/:id',
    {
      schema: {
        summary: 'One workflow with its steps and its result',
        operationId: 'getWorkflow',
        tags: ['workflows'],
        params: IdParams,
        response: { 200: json(Workflow, 'The workflow'), ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND') },
      },
    },
    (request) => engine.workflows.get(request.params.id, languageOf(request)),
  );
};
