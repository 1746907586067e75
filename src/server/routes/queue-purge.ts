import { QueueConfirmation, QueueParams, QueuePurged } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const queuePurge: Route = (app, { engine }) => {
  app.post(
    '/api/queue/:name/purge',
    {
      schema: {
        summary: 'Drop all messages that wait in a queue',
        description:
          '`confirm` is the name of the queue once more. Steps that wait get new messages within some minutes.',
        operationId: 'purgeQueue',
        tags: ['operations'],
        params: QueueParams,
        body: QueueConfirmation,
        response: {
          200: json(QueuePurged, 'How many messages went'),
          ...problems(
            'REQUEST_INVALID',
            'REQUEST_NOT_JSON',
            'QUEUE_NOT_CONFIRMED',
            'QUEUE_NOT_FOUND',
            'BROKER_UNAVAILABLE',
          ),
        },
      },
    },
    (request) => engine.queues.purge(request.params.name, request.body.confirm, languageOf(request)),
  );
};
