import { QueueDetails, QueueParams } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const queueGet: Route = (app, { engine }) => {
  app.get(
    '/api/queue/:name',
    {
      schema: {
        summary: 'One queue: its consumers, its last hour, and what waits in it',
        operationId: 'getQueue',
        tags: ['operations'],
        params: QueueParams,
        response: { 200: json(QueueDetails, 'The queue'), ...problems('REQUEST_INVALID', 'QUEUE_NOT_FOUND') },
      },
    },
    (request) => engine.queues.get(request.params.name, languageOf(request)),
  );
};
