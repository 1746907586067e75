import { WorkerList } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json } from '../openapi.js';

export const workerList: Route = (app, { engine }) => {
  app.get(
    '/api/workers',
    {
      schema: {
        summary: 'List workers',
        description: 'All that are there or lost, and those that signed off within a day.',
        operationId: 'listWorkers',
        tags: ['operations'],
        response: { 200: json(WorkerList, 'All of them, by name, with what they run') },
      },
    },
    (request) => engine.workers.list(languageOf(request)),
  );
};
