import { QueueOverview } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json } from '../openapi.js';

export const queueList: Route = (app, { engine }) => {
  app.get(
    '/api/queue',
    {
      schema: {
        summary: 'Queues, the last tasks and the last workflows',
        description:
          "`source` says whose the figures are: the broker's, which lag by some seconds (`sampleAgeMs`), or the database's, where the broker does not tell.",
        operationId: 'getQueues',
        tags: ['operations'],
        response: { 200: json(QueueOverview, 'What waits, what runs, and what is wrong') },
      },
    },
    (request) => engine.queues.overview(languageOf(request)),
  );
};
