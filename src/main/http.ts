/** Listening, and the names and address under which a server is reached. */
import type { Server } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { AppError, toAppError } from '../contract/errors.js';
import type { Settings } from './settings.js';

/** Names by which a server that listens on `host` may be called: on all interfaces, this machine's name and addresses. */
export function ownNames(host: string): string[] {
  if (!isEverywhere(host)) return [host];
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return [hostname(), ...addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address))];
}

/** Listens and answers the address for a browser on this machine. @throws AppError `PORT_IN_USE`, `PORT_FORBIDDEN` */
export const listen = (server: FastifyInstance, { host, port }: Settings): Promise<string> =>
  listenBy(server.server, { host, port }, () => server.listen({ host, port }));

/** The same for any server, which `begin` makes listen. */
export async function listenBy(
  server: Server,
  { host, port }: { host: string; port: number },
  begin: () => Promise<unknown>,
): Promise<string> {
  try {
    await begin();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new AppError('PORT_IN_USE', { host, port: String(port) }, { cause: error });
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new AppError('PORT_FORBIDDEN', { host, port: String(port), detail: String(code) }, { cause: error });
    }
    throw toAppError(error);
  }
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const shown = isEverywhere(host) ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${bound}`;
}

const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::';
