import { TaskErrorList, TaskFilter } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const taskErrors: Route = (app, { engine }) => {
  app.get(
    '/api/tasks/errors',
    {
      schema: {
        summary: 'Failed tasks by what they failed with',
        operationId: 'listTaskErrors',
        tags: ['operations'],
        querystring: TaskFilter,
        response: { 200: json(TaskErrorList, 'The most frequent first'), ...problems('REQUEST_INVALID') },
      },
    },
    async (request) => ({ items: await engine.tasks.errors(request.query, languageOf(request)), nextCursor: null }),
  );
};
