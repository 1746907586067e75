import { Task, TaskIdParams } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const taskGet: Route = (app, { engine }) => {
  app.get(
    '/api/tasks/:id',
    {
      schema: {
        summary: 'One task with its attempts and its log',
        operationId: 'getTask',
        tags: ['operations'],
        params: TaskIdParams,
        response: { 200: json(Task, 'The task'), ...problems('REQUEST_INVALID', 'TASK_NOT_FOUND') },
      },
    },
    (request) => engine.tasks.get(request.params.id, languageOf(request)),
  );
};
