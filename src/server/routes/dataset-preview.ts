import { IdParams, PreviewQuery } from '../../contract/api.js';
import { DatasetPreview } from '../../contract/entities.js';
import type { Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const datasetPreview: Route = (app, { engine }) => {
  app.get(
    '/api/datasets/:id/preview',
    {
      schema: {
        summary: 'First rows of a dataset; a missing value is null',
        description:
          'As the dataset was detected, or as the query says: what a workflow with that `reading` would see.',
        operationId: 'previewDataset',
        tags: ['datasets'],
        params: IdParams,
        querystring: PreviewQuery,
        response: { 200: json(DatasetPreview, 'The rows'), ...problems('REQUEST_INVALID', 'DATASET_NOT_FOUND') },
      },
    },
    (request) => {
      const { rows, ...reading } = request.query;
      return engine.datasets.preview(request.params.id, rows, reading);
    },
  );
};
