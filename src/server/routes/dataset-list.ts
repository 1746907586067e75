import { DatasetList, DatasetQuery } from '../../contract/api.js';
import type { Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const datasetList: Route = (app, { engine }) => {
  app.get(
    '/api/datasets',
    {
      schema: {
        summary: 'List datasets, newest first',
        operationId: 'listDatasets',
        tags: ['datasets'],
        querystring: DatasetQuery,
        response: { 200: json(DatasetList, 'A page of datasets'), ...problems('REQUEST_INVALID') },
      },
    },
    (request) => engine.datasets.list(request.query),
  );
};
