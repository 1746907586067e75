/** The processes of Zincir, from settings: one that serves (and may work too), and one that only works. */
import { existsSync } from 'node:fs';
import { AppError } from '../contract/errors.js';
import { relayOnWorker } from '../engine/relay.js';
import { createServer } from '../server/server.js';
import { isEmbedded } from './adapters.js';
import { holdDataDirectory } from './data-directory.js';
import { listen, ownNames } from './http.js';
import { openMetricsEndpoint } from './metrics-endpoint.js';
import { version, webRoot } from './package.js';
import { assembleEngine, assembleWorker, closingOnFailure, openParts } from './parts.js';
import { createProcessMetrics } from './process-metrics.js';
import type { Settings } from './settings.js';
import { workerMetrics } from './worker-metrics.js';

export interface RunningNode {
  /** Where it serves; null for a node that only works. */
  readonly url: string | null;
  /** Resolves when there is nothing left to do: the worker was shut down, and this node only works. */
  readonly ended: Promise<void>;
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
    const parts = await openParts(settings, closers, 'server');
    const worker = options.worker ? assembleWorker(parts, settings) : null;
    const engine = assembleEngine(parts, settings);
    closers.add(() => engine.stop());
    const server = await createServer({
      engine,
      version,
      webRoot: existsSync(webRoot) ? webRoot : null,
      allowedHosts: [...ownNames(settings.host), ...settings.allowedHosts],
      maxUploadBytes: settings.maxUploadBytes,
      usersFile: settings.usersFile,
      flowerUrl: settings.flowerUrl,
      logger: parts.logger,
      metrics: [createProcessMetrics(version), workerMetrics(worker)],
      tracer: parts.tracer,
    });
    closers.add(() => server.close());
    const url = await listen(server, settings);
    directory?.announce(url);
    await engine.start();
    if (worker !== null) {
      let closing = false;
      closers.add(() => {
        closing = true;
        return worker.stop();
      });
      void worker.stopped.then(() => {
        if (!closing) parts.logger.warn({ url }, 'the worker was shut down; the server goes on without one');
      });
      await worker.start();
    }
    parts.logger.info({ url, worker: options.worker, version }, 'started');
    return { url, ended: new Promise(() => {}), close: () => closers.close() };
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
    const parts = await openParts(settings, closers, 'worker');
    const worker = assembleWorker(parts, settings);
    closers.add(() => worker.stop());
    if (settings.metricsPort !== null) {
      const where = { host: settings.host, port: settings.metricsPort };
      const endpoint = await openMetricsEndpoint(where, [createProcessMetrics(version), workerMetrics(worker)]);
      closers.add(() => endpoint.close());
      parts.logger.info({ url: endpoint.url }, 'metrics');
    }
    const relay = relayOnWorker(parts, parts.logger);
    closers.add(() => relay.stop());
    await worker.start();
    parts.logger.info({ queues: settings.queues, concurrency: settings.concurrency, version }, 'worker started');
    return { url: null, ended: worker.stopped, close: () => closers.close() };
  });
}

function refuse(setting: string, value: string, shared: string): never {
  throw new AppError('SETTING_INVALID', {
    setting,
    value,
    rule: `${shared} (a worker of its own shares it with the server)`,
  });
}
