import { QueueConfirmation, QueuePurged } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const queueMove: Route = (app, { engine }) => {
  app.post(
    '/api/queue/zincir.dead/move',
    {
      schema: {
        summary: 'Put dead letters back into the queues that they came from',
        description: '`confirm` is `zincir.dead`. Body and headers stay as they are. What came from no queue stays.',
        operationId: 'moveDeadLetters',
        tags: ['operations'],
        body: QueueConfirmation,
        response: {
          200: json(QueuePurged, 'How many messages went'),
          ...problems('REQUEST_INVALID', 'REQUEST_NOT_JSON', 'QUEUE_NOT_CONFIRMED', 'BROKER_UNAVAILABLE'),
        },
      },
    },
    (request) => engine.queues.moveDead(request.body.confirm, languageOf(request)),
  );
};
