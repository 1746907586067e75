/** One running process of Zincir: engine, HTTP server and (unless it is told not to) a worker, from settings. */
import { existsSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { AppError, toAppError } from '../contract/errors.js';
import { createEngine } from '../engine/create-engine.js';
import type { Engine } from '../engine/engine.js';
import type { Clock } from '../engine/ports.js';
import { createServer } from '../server/server.js';
import { createWorker } from '../worker/worker.js';
import { isEmbedded, openBroker, openFiles, openStore } from './adapters.js';
import { type DataDirectory, holdDataDirectory } from './data-directory.js';
import { childEntry, version, webRoot } from './package.js';
import type { Settings } from './settings.js';
import { createSniffer } from './sniffer.js';

const systemClock: Clock = { now: () => new Date() };

export interface RunningNode {
  readonly url: string;
  readonly engine: Engine;
  /** Takes no new work, hands the running steps back, closes everything; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts everything in order and, when a part fails, closes what had been started.
 * @throws AppError `DATA_DIR_LOCKED`, `DATA_DIR_NOT_WRITABLE`, `PORT_IN_USE`, `PORT_FORBIDDEN`, `DATABASE_UNAVAILABLE`
 */
export async function startNode(settings: Settings, options: { worker: boolean }): Promise<RunningNode> {
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const directory = holdDataDirectory(settings.dataDir);
    closers.push(() => directory.release());
    return await assemble(settings, options, directory, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function assemble(
  settings: Settings,
  options: { worker: boolean },
  directory: DataDirectory,
  closers: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<RunningNode> {
  const logger = pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: true }));
  const files = openFiles(settings.storageUrl);
  const store = await openStore(settings.databaseUrl);
  closers.push(() => store.close());
  const broker = openBroker(settings.brokerUrl);
  closers.push(() => broker.close());

  const engine = createEngine({
    store,
    broker,
    files,
    sniffer: createSniffer(files),
    clock: systemClock,
    recoverAll: isEmbedded(settings.databaseUrl),
    log: logger,
  });
  const server = await createServer({
    engine,
    version,
    webRoot: existsSync(webRoot) ? webRoot : null,
    allowedHosts: [...ownNames(settings.host), ...settings.allowedHosts],
    maxUploadBytes: settings.maxUploadBytes,
    logger,
  });
  closers.push(() => server.close());
  const url = await listen(server, settings);
  directory.announce(url);

  await engine.start();
  closers.push(() => engine.stop());
  if (options.worker) {
    const worker = createWorker({
      store,
      broker,
      files,
      clock: systemClock,
      name: `zincir@${hostname()}-${process.pid}`,
      host: hostname(),
      version,
      queues: settings.queues,
      concurrency: settings.concurrency,
      childEntry,
      childEnv: { ZINCIR_STORAGE_URL: settings.storageUrl, ZINCIR_KERNELS: settings.kernels },
      graceMs: settings.graceMs,
      log: logger,
    });
    await worker.start();
    closers.push(() => worker.stop());
  }
  logStart(logger, settings, url);
  return { url, engine, close: closeAll };
}

/** Names by which a server that listens on `host` may be called: on all interfaces, this machine's name and addresses. */
function ownNames(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return [hostname(), ...addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address))];
}

async function listen(server: FastifyInstance, { host, port }: Settings): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new AppError('PORT_IN_USE', { host, port: String(port) }, { cause: error });
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new AppError('PORT_FORBIDDEN', { host, port: String(port), detail: String(code) }, { cause: error });
    }
    throw toAppError(error);
  }
  const address = server.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${bound}`;
}

function logStart(logger: Logger, settings: Settings, url: string): void {
  logger.info({ url, dataDir: settings.dataDir, concurrency: settings.concurrency, version }, 'started');
}
