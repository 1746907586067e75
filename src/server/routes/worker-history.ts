import { WorkerHistory, WorkerHistoryQuery } from '../../contract/operations.js';
import type { Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workerHistory: Route = (app, { engine }) => {
  app.get(
    '/api/workers/history',
    {
      schema: {
        summary: 'Figures of all workers together over time',
        description:
          'Over the last hour, or since `since`. The more workers and time, the farther apart the points are.',
        operationId: 'workerHistory',
        tags: ['operations'],
        querystring: WorkerHistoryQuery,
        response: { 200: json(WorkerHistory, 'Points, the oldest first'), ...problems('REQUEST_INVALID') },
      },
    },
    async (request) => ({ items: await engine.workers.history(request.query.since), nextCursor: null }),
  );
};
