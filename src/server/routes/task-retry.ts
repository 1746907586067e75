import { Task, TaskIdParams } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const taskRetry: Route = (app, { engine }) => {
  app.post(
    '/api/tasks/:id/retry',
    {
      schema: {
        summary: 'Try a failed or revoked task again: its workflow goes on from its step, with a new task',
        operationId: 'retryTask',
        tags: ['operations'],
        params: TaskIdParams,
        response: {
          200: json(Task, 'The task that was retried'),
          ...problems('REQUEST_INVALID', 'TASK_NOT_FOUND', 'TASK_NOT_FAILED', 'TASK_REPLACED'),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      await engine.tasks.retry(id);
      return engine.tasks.get(id, languageOf(request));
    },
  );
};
