import { IdParams, MetricList, MetricQuery } from '../../contract/api.js';
import type { Route } from '../app.js';
import { json, problems } from '../openapi.js';

const pageSize = 10_000;

export const workflowMetrics: Route = (app, { engine }) => {
  app.get(
    '/api/workflows/:id/metrics',
    {
      schema: {
        summary: 'Scores of the epochs after one',
        description: `At most ${pageSize} epochs; \`nextCursor\` is the \`after\` of the next page.`,
        operationId: 'listMetrics',
        tags: ['workflows'],
        params: IdParams,
        querystring: MetricQuery,
        response: { 200: json(MetricList, 'Epochs, in order'), ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND') },
      },
    },
    async (request) => {
      const items = await engine.workflows.metrics(request.params.id, request.query.after, pageSize);
      const last = items.length === pageSize ? items.at(-1) : undefined;
      return { items, nextCursor: last ? String(last.epoch) : null };
    },
  );
};
