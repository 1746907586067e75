import { IdParams } from '../../contract/api.js';
import type { Route } from '../app.js';
import { nothing, problems } from '../openapi.js';

export const datasetRemove: Route = (app, { engine }) => {
  app.delete(
    '/api/datasets/:id',
    {
      schema: {
        summary: 'Remove a dataset that no workflow uses',
        operationId: 'removeDataset',
        tags: ['datasets'],
        params: IdParams,
        response: {
          204: nothing('Removed'),
          ...problems('REQUEST_INVALID', 'DATASET_NOT_FOUND', 'DATASET_IN_USE'),
        },
      },
    },
    async (request, reply) => {
      await engine.datasets.remove(request.params.id);
      return reply.code(204).send();
    },
  );
};
