import { IdParams } from '../../contract/api.js';
import { Dataset } from '../../contract/entities.js';
import type { Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const datasetGet: Route = (app, { engine }) => {
  app.get(
    '/api/datasets/:id',
    {
      schema: {
        summary: 'One dataset',
        operationId: 'getDataset',
        tags: ['datasets'],
        params: IdParams,
        response: { 200: json(Dataset, 'The dataset'), ...problems('REQUEST_INVALID', 'DATASET_NOT_FOUND') },
      },
    },
    (request) => engine.datasets.get(request.params.id),
  );
};
