import { IdParams, ReadingQuery } from '../../contract/api.js';
import { DatasetProfile } from '../../contract/entities.js';
import { languageOf, type Route } from '../app.js';
import { json, problems, readingProblems } from '../openapi.js';

export const datasetProfile: Route = (app, { engine }) => {
  app.get(
    '/api/datasets/:id/profile',
    {
      schema: {
        summary: 'Columns of a dataset: types, missing and frequent values',
        description:
          'Describes the head of the file until a workflow has read it whole (`complete`), or where the query asks for another way to read it.',
        operationId: 'getDatasetProfile',
        tags: ['datasets'],
        params: IdParams,
        querystring: ReadingQuery,
        response: {
          200: json(DatasetProfile, 'The profile'),
          ...problems('REQUEST_INVALID', 'DATASET_NOT_FOUND', ...readingProblems),
        },
      },
    },
    (request) => engine.datasets.profile(request.params.id, languageOf(request), request.query),
  );
};
