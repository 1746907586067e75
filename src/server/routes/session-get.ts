import { Session } from '../../contract/session.js';
import type { Route } from '../app.js';
import { json } from '../openapi.js';

export const sessionGet: Route = (app, { accounts }) => {
  app.get(
    '/api/session',
    {
      schema: {
        summary: 'Who is signed in',
        operationId: 'getSession',
        tags: ['service'],
        response: { 200: json(Session, 'The user, and whether one is needed') },
      },
    },
    async (request): Promise<Session> => {
      if (accounts === null) return { required: false, user: null };
      const user = await accounts.userOf(request);
      return { required: true, user: user && { name: user.name, role: user.role } };
    },
  );
};
