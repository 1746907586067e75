import { WorkerDetails, WorkerParams } from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workerGet: Route = (app, { engine }) => {
  app.get(
    '/api/workers/:name',
    {
      schema: {
        summary: 'One worker',
        operationId: 'getWorker',
        tags: ['operations'],
        params: WorkerParams,
        response: {
          200: json(WorkerDetails, 'With its last hour, its last tasks and what was asked of it'),
          ...problems('REQUEST_INVALID', 'WORKER_NOT_FOUND'),
        },
      },
    },
    (request) => engine.workers.get(request.params.name, languageOf(request)),
  );
};
