import { TaskList, TaskQuery } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const taskList: Route = (app, { engine }) => {
  app.get(
    '/api/tasks',
    {
      schema: {
        summary: 'List tasks, the newest first',
        description:
          'All filters that are given must hold. A page may hold fewer tasks than `limit` and still have a `nextCursor`: a search looks through a bounded number of tasks at a time.',
        operationId: 'listTasks',
        tags: ['operations'],
        querystring: TaskQuery,
        response: { 200: json(TaskList, 'A page of tasks'), ...problems('REQUEST_INVALID') },
      },
    },
    (request) => engine.tasks.list(request.query, languageOf(request)),
  );
};
