/** What every node needs, opened from settings and closed in the reverse order. */
import { availableParallelism, hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { createEngine } from '../engine/create-engine.js';
import type { Engine } from '../engine/engine.js';
import type { Broker, Clock, Files, Store } from '../engine/ports.js';
import type { Tracer } from '../engine/tracing.js';
import { s3Environment } from '../storage/s3/environment.js';
import { createWorker, type Worker } from '../worker/worker.js';
import { isEmbedded, openBroker, openFiles, openStore } from './adapters.js';
import { createClock } from './clock.js';
import { openDatabaseClock } from './database-clock.js';
import { childEntry, version } from './package.js';
import { addressOf, introduceWorker } from './presence.js';
import type { Settings } from './settings.js';
import { createSniffer } from './sniffer.js';
import { openTracer, tracingEnvironment } from './tracing.js';
import { createWebhookCaller } from './webhook-caller.js';

export interface Parts {
  readonly logger: Logger;
  /** What everything here goes by. */
  readonly clock: Clock;
  /** What this machine thinks that the time is. */
  readonly systemClock: Clock;
  readonly files: Files;
  readonly store: Store;
  readonly broker: Broker;
  readonly tracer: Tracer;
}

/** So long a process that ends may take to send its last spans. */
const lastSpansMs = 2_000;

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

/** @param part which kind of process this is, as traces name it */
export async function openParts(settings: Settings, closers: Closers, part: 'server' | 'worker'): Promise<Parts> {
  const tracer = await openTracer(process.env, part, version);
  closers.add(() => tracer.flush(lastSpansMs));
  const logger = openLogger(settings, tracer);
  const files = await openFiles(settings.storageUrl);
  const store = await openStore(settings.databaseUrl);
  closers.add(() => store.close());
  const broker = await openBroker(settings.brokerUrl, { log: logger, managementUrl: settings.rabbitmqApiUrl });
  closers.add(() => broker.close());
  const systemClock = createClock(settings.clockOffsetFile);
  const clock = await commonClock(settings, systemClock, store, logger, closers);
  return { logger, clock, systemClock, files, store, broker, tracer };
}

/** A database inside this process has the same clock. */
async function commonClock(settings: Settings, system: Clock, store: Store, logger: Logger, closers: Closers) {
  if (isEmbedded(settings.databaseUrl)) return system;
  const tell = (aheadMs: number) => {
    if (aheadMs === 0) logger.info('the clock of this machine agrees with the database’s again');
    else logger.warn({ aheadMs }, 'the clock of this machine is wrong; going by the database’s');
  };
  const clock = await openDatabaseClock(system, store, tell);
  closers.add(() => clock.stop());
  return clock;
}

/** JSON lines on stderr; what is written within a traced span names its trace. */
function openLogger({ logLevel }: Settings, tracer: Tracer): Logger {
  const mixin = () => {
    const [, traceId, spanId] = tracer.current()?.split('-') ?? [];
    return traceId === undefined ? {} : { trace_id: traceId, span_id: spanId };
  };
  return pino({ level: logLevel, mixin }, pino.destination({ fd: 2, sync: true }));
}

export function assembleEngine(parts: Parts, settings: Settings): Engine {
  const { store, broker, files, clock, logger, tracer } = parts;
  const { webhooks } = settings;
  return createEngine({
    store,
    broker,
    files,
    sniffer: createSniffer(files),
    clock,
    limits: pacesOf(settings.leaseMs),
    fairUse: { total: settings.maxRunning, perOwner: settings.maxRunningPerOwner },
    recoverAll: isEmbedded(settings.databaseUrl),
    webhooks: webhooks && { ...webhooks, version, caller: createWebhookCaller(webhooks) },
    tracer,
    queueWaitWarningMs: settings.queueWaitWarningMs,
    taskRetentionMs: settings.taskRetentionMs,
    log: logger,
  });
}

/** A message may be lost when nobody has acted upon it for several leases, in which a worker would have been missed. */
const pacesOf = (leaseMs: number) => ({ reconcileMs: leaseMs, staleMessageMs: 4 * leaseMs });

const threadsAStep = (concurrency: number) => Math.max(1, Math.floor(availableParallelism() / concurrency));

export function assembleWorker(parts: Parts, settings: Settings): Worker {
  const { store, broker, files, clock, logger, tracer } = parts;
  const name = settings.nodeName ?? `zincir@${hostname()}-${process.pid}`;
  return createWorker({
    store,
    broker,
    files,
    clock,
    systemClock: parts.systemClock,
    name,
    presence: introduceWorker(parts, settings, name),
    addressOf: (file) => addressOf(settings.storageUrl, file),
    host: hostname(),
    version,
    queues: settings.queues,
    concurrency: settings.concurrency,
    childEntry,
    childEnv: {
      ...s3Environment(process.env),
      ...tracingEnvironment(process.env),
      ZINCIR_STORAGE_URL: settings.storageUrl,
      ZINCIR_KERNELS: settings.kernels,
      ZINCIR_THREADS: String(settings.threads ?? threadsAStep(settings.concurrency)),
      ZINCIR_MEMORY: String(settings.memoryBytes),
    },
    graceMs: settings.graceMs,
    leaseMs: settings.leaseMs,
    stepTimeoutMs: settings.stepTimeoutMs ?? undefined,
    tracer,
    log: logger,
  });
}
