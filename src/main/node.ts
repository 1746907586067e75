/** The processes of Zincir, from settings: one that serves (and may work too), and one that only works. */
import { existsSync } from 'node:fs';
import { AppError } from '../contract/errors.js';
import { createServer } from '../server/server.js';
import { isEmbedded } from './adapters.js';
import { holdDataDirectory } from './data-directory.js';
import { listen, ownNames } from './http.js';
import { version, webRoot } from './package.js';
import { assembleEngine, assembleWorker, closingOnFailure, openParts } from './parts.js';
import type { Settings } from './settings.js';

export interface RunningNode {
  /** Where it serves; null for a node that only works. */
  readonly url: string | null;
  /** Takes no new work, hands the running steps back, closes everything; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Engine, HTTP server and (unless it is told not to) a worker.
 * @throws AppError `DATA_DIR_LOCKED`, `DATA_DIR_NOT_WRITABLE`, `PORT_IN_USE`, `PORT_FORBIDDEN`, `DATABASE_UNAVAILABLE`
 */
export function startNode(settings: Settings, options: { worker: boolean }): Promise<RunningNode & { url: string }> {
  return closingOnFailure(async (closers) => {
    // Only what lives inside this process must have the directory to itself.
    const directory = isEmbedded(settings.databaseUrl) ? holdDataDirectory(settings.dataDir) : null;
    if (directory) closers.add(() => directory.release());
    const parts = await openParts(settings, closers);
    const engine = assembleEngine(parts, settings);
    closers.add(() => engine.stop());
    const server = await createServer({
      engine,
      version,
      webRoot: existsSync(webRoot) ? webRoot : null,
      allowedHosts: [...ownNames(settings.host), ...settings.allowedHosts],
      maxUploadBytes: settings.maxUploadBytes,
      logger: parts.logger,
    });
    closers.add(() => server.close());
    const url = await listen(server, settings);
    directory?.announce(url);
    await engine.start();
    if (options.worker) {
      const worker = assembleWorker(parts, settings);
      closers.add(() => worker.stop());
      await worker.start();
    }
    parts.logger.info({ url, worker: options.worker, version }, 'started');
    return { url, close: () => closers.close() };
  });
}

/**
 * A worker alone, beside servers elsewhere.
 * @throws AppError `SETTING_INVALID` where database or broker live inside a process and cannot be shared
 */
export function startWorkerNode(settings: Settings): Promise<RunningNode> {
  return closingOnFailure(async (closers) => {
    if (isEmbedded(settings.databaseUrl)) refuse('ZINCIR_DATABASE_URL', 'pglite://', 'postgres://');
    if (settings.brokerUrl.startsWith('memory://')) refuse('ZINCIR_BROKER_URL', 'memory://', 'amqp://');
    const parts = await openParts(settings, closers);
    const worker = assembleWorker(parts, settings);
    closers.add(() => worker.stop());
    await worker.start();
    parts.logger.info({ queues: settings.queues, concurrency: settings.concurrency, version }, 'worker started');
    return { url: null, close: () => closers.close() };
  });
}

function refuse(setting: string, value: string, shared: string): never {
  throw new AppError('SETTING_INVALID', {
    setting,
    value,
    rule: `${shared} (a worker of its own shares it with the server)`,
  });
}
