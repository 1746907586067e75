import { Readiness } from '../../contract/api.js';
import type { Route } from '../app.js';
import { json } from '../openapi.js';

export const readyz: Route = (app, { engine }) => {
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Each thing the server depends on',
        operationId: 'readiness',
        tags: ['service'],
        response: {
          200: json(Readiness, 'All of it answers'),
          503: json(Readiness, 'Something does not answer'),
        },
      },
    },
    async (_request, reply) => {
      const checks = await engine.readiness();
      const ok = checks.every((check) => check.ok);
      return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'unavailable', checks });
    },
  );
};
