import { IdParams } from '../../contract/api.js';
import { Workflow } from '../../contract/entities.js';
import { created, languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowRun: Route = (app, { engine }) => {
  app.post(
    '/api/workflows/:id/run',
    {
      schema: {
        summary: 'See to it that a workflow runs',
        description:
          'One that waits starts, one that runs goes on (200); one that has ended runs anew as another workflow (201).',
        operationId: 'runWorkflow',
        tags: ['workflows'],
        params: IdParams,
        response: {
          200: json(Workflow, 'It runs'),
          201: json(Workflow, 'It runs anew as this workflow'),
          ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND'),
        },
      },
    },
    async (request, reply) => {
      const id = await engine.workflows.run(request.params.id, request.user?.name);
      const workflow = await engine.workflows.get(id, languageOf(request));
      if (id === request.params.id) return reply.code(200).send(workflow);
      return created(reply, `/api/workflows/${id}`).send(workflow);
    },
  );
};
