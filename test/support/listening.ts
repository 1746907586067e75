/** A server over an engine, as tests have it: no pages, no users, a free port of 127.0.0.1. */
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Engine } from '../../src/engine/engine.js';
import { createServer, type ServerOptions } from '../../src/server/server.js';

export async function listen(
  engine: Engine,
  options: Partial<ServerOptions> = {},
): Promise<{ app: FastifyInstance; url: string }> {
  const app = await createServer({
    engine,
    version: '0.0.0-test',
    webRoot: null,
    allowedHosts: [],
    maxUploadBytes: null,
    usersFile: null,
    flowerUrl: null,
    logger: pino({ level: process.env.ZINCIR_TEST_LOG ?? 'silent' }),
    ...options,
  });
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}
