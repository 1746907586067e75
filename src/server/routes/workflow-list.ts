import { WorkflowList, WorkflowQuery } from '../../contract/api.js';
import type { Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowList: Route = (app, { engine }) => {
  app.get(
    '/api/workflows',
    {
      schema: {
        summary: 'List workflows',
        operationId: 'listWorkflows',
        tags: ['workflows'],
        querystring: WorkflowQuery,
        response: { 200: json(WorkflowList, 'A page of workflows'), ...problems('REQUEST_INVALID') },
      },
    },
    (request) => engine.workflows.list(request.query),
  );
};
