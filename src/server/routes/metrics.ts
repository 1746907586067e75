import { z } from 'zod';
import { expose, expositionType } from '../../engine/metrics/exposition.js';
import type { Route } from '../app.js';

export const metrics: Route = (app, { metrics: sources }) => {
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Metrics for Prometheus',
        operationId: 'metrics',
        tags: ['service'],
        response: {
          200: {
            description: 'All metrics, in the text format of Prometheus',
            content: { 'text/plain': { schema: z.string() } },
          },
        },
      },
    },
    async (_request, reply) => {
      const shown = await Promise.all(sources.map((source) => source()));
      return reply.type(expositionType).send(expose(shown.flat()));
    },
  );
};
