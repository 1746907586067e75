import { RevokeRequest, Task, TaskIdParams } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const taskRevoke: Route = (app, { engine }) => {
  app.post(
    '/api/tasks/:id/revoke',
    {
      schema: {
        summary: 'Revoke a task: cancel its workflow',
        description: 'A task that runs is stopped only with `terminate`, within two seconds.',
        operationId: 'revokeTask',
        tags: ['operations'],
        params: TaskIdParams,
        body: RevokeRequest.optional(),
        response: {
          200: json(Task, 'Revoked'),
          ...problems('REQUEST_INVALID', 'REQUEST_NOT_JSON', 'TASK_NOT_FOUND', 'TASK_RUNNING', 'TASK_ENDED'),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      await engine.tasks.revoke(id, request.body?.terminate ?? false);
      return engine.tasks.get(id, languageOf(request));
    },
  );
};
