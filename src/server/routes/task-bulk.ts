import { BulkRequest, BulkResult } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const taskBulk: Route = (app, { engine }) => {
  app.post(
    '/api/tasks/bulk',
    {
      schema: {
        summary: 'Do the same to all tasks that match',
        description:
          '`expected` is the number that the person was told; when more match by now, nothing is changed. At most 10,000 at a time.',
        operationId: 'changeTasks',
        tags: ['operations'],
        body: BulkRequest,
        response: {
          200: json(BulkResult, 'What was changed, and what could not be'),
          ...problems('REQUEST_INVALID', 'REQUEST_NOT_JSON', 'TASKS_CHANGED'),
        },
      },
    },
    (request) => engine.tasks.bulk(request.body, languageOf(request)),
  );
};
