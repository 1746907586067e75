/** Lets a request pass that its sender may make. Where no file of users is given, everyone is an operator. */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../contract/errors.js';
import { type Role, roles, type User } from '../../contract/session.js';
import { changesState } from '../security.js';
import type { Accounts } from './accounts.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; null where nobody needs to, and on what is served to all. */
    user: User | null;
  }
}

/** Routes that are served to all: whether the server lives, the pages (which hold no data), and signing in. */
const open: readonly string[] = ['/', '/*', '/healthz', '/readyz', '/api/session'];
/** Steering what belongs to all. */
const operations = /^\/api\/(queue|tasks|workers)(\/|$)/;
/** Another program's pages: there, an address that is only read may change things too. */
const proxied = /^\/flower\/proxy(\/|$)/;

/**
 * Judges by the route that was found, not by the address that was typed, which can be written in many ways.
 * @throws AppError `LOGIN_REQUIRED`, `LOGIN_FAILED`, `LOGIN_TOO_OFTEN`, `ROLE_TOO_LOW`
 */
export async function admit(request: FastifyRequest, accounts: Accounts | null): Promise<void> {
  const route = request.routeOptions.url;
  if (accounts === null || route === undefined || open.includes(route)) return;
  const user = await accounts.userOf(request);
  if (user === null) throw new AppError('LOGIN_REQUIRED');
  const needed = neededRole(request, route);
  if (roles.indexOf(user.role) < roles.indexOf(needed)) {
    throw new AppError('ROLE_TOO_LOW', { name: user.name, role: user.role, needed });
  }
  request.user = user;
}

function neededRole(request: FastifyRequest, route: string): Role {
  if (proxied.test(route)) return 'operator';
  if (!changesState(request)) return 'viewer';
  return operations.test(route) ? 'operator' : 'user';
}
