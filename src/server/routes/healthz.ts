import { Health } from '../../contract/api.js';
import type { Route } from '../app.js';
import { json } from '../openapi.js';

export const healthz: Route = (app, { version }) => {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'The server is alive',
        operationId: 'health',
        tags: ['service'],
        response: { 200: json(Health, 'Alive') },
      },
    },
    () => ({ status: 'ok' as const, service: 'zincir' as const, version }),
  );
};
