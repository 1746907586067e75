/** What every node needs, opened from settings and closed in the reverse order. */
import { availableParallelism, hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { createEngine } from '../engine/create-engine.js';
import type { Engine } from '../engine/engine.js';
import type { Broker, Clock, Files, Store } from '../engine/ports.js';
import { s3Environment } from '../storage/s3/environment.js';
import { createWorker, type Worker } from '../worker/worker.js';
import { isEmbedded, openBroker, openFiles, openStore } from './adapters.js';
import { createClock } from './clock.js';
import { childEntry, version } from './package.js';
import type { Settings } from './settings.js';
import { createSniffer } from './sniffer.js';

export interface Parts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly files: Files;
  readonly store: Store;
  readonly broker: Broker;
}

/** Closes what was opened, last first; each is closed once, however often it is asked. */
export class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

/** Runs `open`; when it throws, whatever it had opened is closed again. */
export async function closingOnFailure<Result>(open: (closers: Closers) => Promise<Result>): Promise<Result> {
  const closers = new Closers();
  try {
    return await open(closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

export async function openParts(settings: Settings, closers: Closers): Promise<Parts> {
  const logger = pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: true }));
  const files = await openFiles(settings.storageUrl);
  const store = await openStore(settings.databaseUrl);
  closers.add(() => store.close());
  const broker = await openBroker(settings.brokerUrl, logger);
  closers.add(() => broker.close());
  return { logger, clock: createClock(settings.clockOffsetFile), files, store, broker };
}

export function assembleEngine({ store, broker, files, clock, logger }: Parts, settings: Settings): Engine {
  return createEngine({
    store,
    broker,
    files,
    sniffer: createSniffer(files),
    clock,
    limits: pacesOf(settings.leaseMs),
    fairUse: { total: settings.maxRunning, perOwner: settings.maxRunningPerOwner },
    recoverAll: isEmbedded(settings.databaseUrl),
    log: logger,
  });
}

/** A message may be lost when nobody has acted upon it for several leases, in which a worker would have been missed. */
const pacesOf = (leaseMs: number) => ({ reconcileMs: leaseMs, staleMessageMs: 4 * leaseMs });

const threadsAStep = (concurrency: number) => Math.max(1, Math.floor(availableParallelism() / concurrency));

export function assembleWorker({ store, broker, files, clock, logger }: Parts, settings: Settings): Worker {
  return createWorker({
    store,
    broker,
    files,
    clock,
    name: settings.nodeName ?? `zincir@${hostname()}-${process.pid}`,
    host: hostname(),
    version,
    queues: settings.queues,
    concurrency: settings.concurrency,
    childEntry,
    childEnv: {
      ...s3Environment(process.env),
      ZINCIR_STORAGE_URL: settings.storageUrl,
      ZINCIR_KERNELS: settings.kernels,
      ZINCIR_THREADS: String(settings.threads ?? threadsAStep(settings.concurrency)),
      ZINCIR_MEMORY: String(settings.memoryBytes),
    },
    graceMs: settings.graceMs,
    leaseMs: settings.leaseMs,
    stepTimeoutMs: settings.stepTimeoutMs ?? undefined,
    log: logger,
  });
}
