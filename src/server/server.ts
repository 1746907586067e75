/** The HTTP server: the API of the contract, live events, its documentation, and the web app. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import fastifyHelmet from '@fastify/helmet';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { AppError } from '../contract/errors.js';
import type { Engine } from '../engine/engine.js';
import { own } from '../engine/metrics/catalogue.js';
import type { MetricSource } from '../engine/metrics/family.js';
import { noTracer, type Tracer } from '../engine/tracing.js';
import { type App, languageOf } from './app.js';
import { Accounts } from './auth/accounts.js';
import { admit } from './auth/guard.js';
import { UsersFile } from './auth/users-file.js';
import { contentSecurity } from './content-security.js';
import { LiveHub } from './events/hub.js';
import { proxyFlower } from './flower/proxy.js';
import { observeRequests } from './observe.js';
import { describeApi } from './openapi.js';
import { pathOf, problemType, sendProblem, toProblem } from './problems.js';
import { addRoutes } from './routes.js';
import { changesState, createGate } from './security.js';
import { validatorCompiler } from './validation.js';
import { serveWeb } from './web.js';

/** Bodies of JSON; the largest is a config with choices for every one of some ten thousand columns. */
const bodyLimitBytes = 4 * 1024 * 1024;
/** What is still busy this long after the close began is cut off. */
const closeGraceMs = 1_500;

export interface ServerOptions {
  engine: Engine;
  version: string;
  /** Directory of the built web app; null serves the API alone. */
  webRoot: string | null;
  /** Host names beside those of this machine under which the server may be reached; `*` for all. */
  allowedHosts: string[];
  /** Largest file that may be uploaded; null for any size. */
  maxUploadBytes: number | null;
  /** Who may sign in; null: everyone who reaches the server may do everything. */
  usersFile: string | null;
  /** Address of a running Celery Flower, to be shown under our login; null: none. */
  flowerUrl: string | null;
  logger: FastifyBaseLogger;
  /** What /metrics shows beside what the engine and the server tell of themselves. */
  metrics?: readonly MetricSource[];
  tracer?: Tracer;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Check the Origin of this route even though it only reads. */
    checkOrigin?: boolean;
  }
}

/** Composes the server; the caller listens, and closes it before it stops the engine. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { engine, version, webRoot, logger } = options;
  const server = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    genReqId: () => randomBytes(6).toString('hex'),
    // While it closes, what arrives on open connections is still served.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    clientErrorHandler: refuseConnection,
    routerOptions: { maxParamLength: 200 },
  });
  const app: App = server.withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));

  const accounts = await openAccounts(options.usersFile);
  const requests = observeRequests(app, options.tracer ?? noTracer);
  guard(app, options.allowedHosts, accounts);
  await app.register(fastifyHelmet, await contentSecurity(webRoot));
  await describeApi(app, version);

  const hub = new LiveHub(engine, (error) => logger.warn({ err: error }, 'live events could not be read'));
  const streams: MetricSource = () => [{ family: own.streams, series: [[[], hub.size]] }];
  const metrics = [engine.metrics, requests, streams, ...(options.metrics ?? [])];
  await addRoutes(app, {
    engine,
    hub,
    version,
    metrics,
    accounts,
    flowerUrl: options.flowerUrl,
    maxUploadBytes: options.maxUploadBytes,
  });
  if (options.flowerUrl !== null) await proxyFlower(app, options.flowerUrl);
  await serveWeb(app, webRoot);
  closeWithinGrace(app, hub);
  await server.ready();
  return server;
}

/** @throws AppError `FILE_NOT_FOUND`, `USERS_FILE_INVALID` at once, and not only when somebody signs in */
async function openAccounts(usersFile: string | null): Promise<Accounts | null> {
  if (usersFile === null) return null;
  const users = new UsersFile(usersFile);
  await users.load();
  return new Accounts(users);
}

function guard(app: App, allowedHosts: readonly string[], accounts: Accounts | null): void {
  const gate = createGate(allowedHosts);
  app.decorateRequest('user', null);
  app.addHook('onRequest', async (request, reply) => {
    gate.checkHost(request);
    if (changesState(request) || request.routeOptions.config.checkOrigin === true) gate.checkOrigin(request);
    if (pathOf(request.url).startsWith('/api/')) {
      reply
        .header('cache-control', 'no-store')
        .header('vary', 'Accept-Language')
        .header('content-language', languageOf(request));
    }
    await admit(request, accounts);
  });
}

/** Live streams end at once and can be resumed elsewhere; what is in flight may finish, within limits. */
function closeWithinGrace(app: App, hub: LiveHub): void {
  let sweep: NodeJS.Timeout | null = null;
  app.addHook('preClose', async () => {
    hub.close();
    const deadline = Date.now() + closeGraceMs;
    // Connections that fall idle while the server closes would otherwise keep it open until they time out.
    sweep = setInterval(() => {
      if (Date.now() < deadline) app.server.closeIdleConnections();
      else app.server.closeAllConnections();
    }, 50);
  });
  app.addHook('onClose', async () => {
    if (sweep) clearInterval(sweep);
  });
}

/** What is not even HTTP. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const invalid = new AppError('REQUEST_INVALID', { field: 'HTTP', rule: error.code ?? error.message });
  const body = JSON.stringify(toProblem(invalid, 'en', '/'));
  const head = [
    'HTTP/1.1 400 Bad Request',
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
