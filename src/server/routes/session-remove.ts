import type { Route } from '../app.js';
import { nothing } from '../openapi.js';
import { cookie } from './session-create.js';

export const sessionRemove: Route = (app) => {
  app.delete(
    '/api/session',
    {
      schema: {
        summary: 'Sign out',
        operationId: 'signOut',
        tags: ['service'],
        response: { 204: nothing('Signed out') },
      },
    },
    async (request, reply) =>
      reply
        .header('set-cookie', cookie('', 0, request))
        .code(204)
        .send(undefined),
  );
};
