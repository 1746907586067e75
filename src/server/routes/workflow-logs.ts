import { IdParams, LogList, LogQuery } from '../../contract/api.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const workflowLogs: Route = (app, { engine }) => {
  app.get(
    '/api/workflows/:id/logs',
    {
      schema: {
        summary: 'Log lines of a workflow after one',
        description: '`nextCursor` is the `after` of the next page.',
        operationId: 'listLogs',
        tags: ['workflows'],
        params: IdParams,
        querystring: LogQuery,
        response: { 200: json(LogList, 'Lines, in order'), ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND') },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const items = await engine.workflows.logs(request.params.id, after, limit, languageOf(request));
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, nextCursor: last ? String(last.id) : null };
    },
  );
};
