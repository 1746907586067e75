import { IdParams, StepList } from '../../contract/api.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowSteps: Route = (app, { engine }) => {
  app.get(
    '/api/workflows/:id/steps',
    {
      schema: {
        summary: 'Steps of a workflow',
        operationId: 'listSteps',
        tags: ['workflows'],
        params: IdParams,
        response: { 200: json(StepList, 'The steps, in order'), ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND') },
      },
    },
    async (request) => ({
      items: await engine.workflows.steps(request.params.id, languageOf(request)),
      nextCursor: null,
    }),
  );
};
