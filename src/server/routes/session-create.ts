import type { FastifyRequest } from 'fastify';
import { Login, Session } from '../../contract/session.js';
import type { Route } from '../app.js';
import { sessionCookie } from '../auth/accounts.js';
import { sessionMs } from '../auth/session-token.js';
import { json, problems } from '../openapi.js';

export const sessionCreate: Route = (app, { accounts }) => {
  app.post(
    '/api/session',
    {
      schema: {
        summary: 'Sign in: the answer sets a cookie that further requests send along',
        operationId: 'signIn',
        tags: ['service'],
        body: Login,
        response: {
          200: json(Session, 'Signed in'),
          ...problems(
            'LOGIN_FAILED',
            'LOGIN_TOO_OFTEN',
            'REQUEST_INVALID',
            'REQUEST_NOT_JSON',
            'UNSUPPORTED_MEDIA_TYPE',
          ),
        },
      },
    },
    async (request, reply): Promise<Session> => {
      if (accounts === null) return { required: false, user: null };
      const { name, password } = request.body;
      const { user, token } = await accounts.signIn(name, password, request.ip);
      reply.header('set-cookie', cookie(token, Math.floor(sessionMs / 1000), request));
      return { required: true, user: { name: user.name, role: user.role } };
    },
  );
};

/** Scripts cannot read it, forms of other sites do not send it; over TLS alone where the browser came by TLS. */
export function cookie(token: string, maxAgeSeconds: number, request: FastifyRequest): string {
  const secure = request.headers['x-forwarded-proto'] === 'https' || request.protocol === 'https';
  const parts = [`${sessionCookie}=${token}`, 'Path=/', `Max-Age=${maxAgeSeconds}`, 'HttpOnly', 'SameSite=Lax'];
  return [...parts, ...(secure ? ['Secure'] : [])].join('; ');
}
