import { WorkflowCompose } from '../../contract/api.js';
import { Workflow } from '../../contract/entities.js';
import { created, languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowCompose: Route = (app, { engine }) => {
  app.post(
    '/api/workflows/compose',
    {
      schema: {
        summary: 'Start a workflow with the dataset of one and the config of another',
        operationId: 'composeWorkflow',
        tags: ['workflows'],
        body: WorkflowCompose,
        response: {
          201: json(Workflow, 'Created'),
          ...problems(
            'REQUEST_INVALID',
            'REQUEST_NOT_JSON',
            'WORKFLOW_NOT_FOUND',
            'TARGET_UNKNOWN',
            'TARGET_CONSTANT',
            'TARGET_CONTINUOUS',
            'COLUMN_UNKNOWN',
            'FEATURES_NONE',
          ),
        },
      },
    },
    async (request, reply) => {
      const id = await engine.workflows.compose(request.body, request.user?.name);
      const workflow = await engine.workflows.get(id, languageOf(request));
      return created(reply, `/api/workflows/${id}`).send(workflow);
    },
  );
};
