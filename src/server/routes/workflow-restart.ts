import { IdParams } from '../../contract/api.js';
import { Workflow } from '../../contract/entities.js';
import { created, languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowRestart: Route = (app, { engine }) => {
  app.post(
    '/api/workflows/:id/restart',
    {
      schema: {
        summary: 'Start a new workflow with the same dataset and config',
        operationId: 'restartWorkflow',
        tags: ['workflows'],
        params: IdParams,
        response: { 201: json(Workflow, 'Created'), ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND') },
      },
    },
    async (request, reply) => {
      const id = await engine.workflows.restart(request.params.id, request.user?.name);
      const workflow = await engine.workflows.get(id, languageOf(request));
      return created(reply, `/api/workflows/${id}`).send(workflow);
    },
  );
};
