import { WorkflowCreate } from '../../contract/api.js';
import { Workflow } from '../../contract/entities.js';
import { created, languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowCreate: Route = (app, { engine }) => {
  app.post(
    '/api/workflows',
    {
      schema: {
        summary: 'Create a workflow and start it',
        operationId: 'createWorkflow',
        tags: ['workflows'],
        body: WorkflowCreate,
        response: {
          201: json(Workflow, 'Created'),
          ...problems(
            'REQUEST_INVALID',
            'REQUEST_NOT_JSON',
            'PARAM_UNKNOWN',
            'PARAM_INVALID',
            'TARGET_UNKNOWN',
            'TARGET_EMPTY',
            'TARGET_CONSTANT',
            'TARGET_LEFT_OUT',
            'TARGET_CONTINUOUS',
            'TARGET_ALL_DISTINCT',
            'COLUMN_UNKNOWN',
            'FEATURES_NONE',
            'DATASET_NOT_FOUND',
            'REQUEST_TOO_LARGE',
            'UNSUPPORTED_MEDIA_TYPE',
          ),
        },
      },
    },
    async (request, reply) => {
      const id = await engine.workflows.create(request.body, request.user?.name);
      const workflow = await engine.workflows.get(id, languageOf(request));
      return created(reply, `/api/workflows/${id}`).send(workflow);
    },
  );
};
