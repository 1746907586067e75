/** The engine, put together from its ports. */
import { toAppError } from '../contract/errors.js';
import { removeOrphans } from './cleaner.js';
import { createDatasets } from './datasets.js';
import type { Engine } from './engine.js';
import { settleAll, settleExpired } from './lost-workers.js';
import { countLog, createSharedMetrics } from './metrics/shared-metrics.js';
import { createQueues } from './operations/queues.js';
import { createTasks } from './operations/tasks.js';
import { createWorkers } from './operations/workers.js';
import type { Broker, Clock, FairUse, Files, Sniffer, Store } from './ports.js';
import { createReadiness } from './readiness.js';
import { relayOutbox } from './relay.js';
import { type Repeated, repeat } from './repeat.js';
import { silentAfterMs } from './silence.js';
import type { Tracer } from './tracing.js';
import { createWebhooks, type WebhookTargets } from './webhooks/webhooks.js';
import { createWorkflows } from './workflows.js';

/** Paces, in milliseconds. */
interface EngineLimits {
  /** The outbox is looked at this often even when nobody says that there is something in it. */
  relayPollMs: number;
  /** How often leases are looked at. */
  leaseWatchMs: number;
  /** How often held workflows are looked at, where there are limits, even when nothing has changed. */
  admissionMs: number;
  /** How often steps are looked for that wait without a message. */
  reconcileMs: number;
  /** A message that nobody has acted upon for this long may be lost. */
  staleMessageMs: number;
  /** How often files that nobody names are looked for, and the database is tidied. */
  cleanMs: number;
  /** Files younger than this may be about to be named. */
  orphanAgeMs: number;
  /** How often what the log says is counted. */
  countMs: number;
  /** How often the figures of the queues are remembered. */
  sampleMs: number;
}

const unlimited: FairUse = { total: null, perOwner: null };

const defaultLimits: EngineLimits = {
  relayPollMs: 500,
  leaseWatchMs: 1_000,
  admissionMs: 1_000,
  reconcileMs: 30_000,
  staleMessageMs: 120_000,
  cleanMs: 30 * 60_000,
  orphanAgeMs: 60 * 60_000,
  countMs: 5_000,
  sampleMs: 10_000,
};

const defaultWaitWarningMs = 300_000;

export interface EngineOptions {
  store: Store;
  broker: Broker;
  files: Files;
  sniffer: Sniffer;
  clock: Clock;
  limits?: Partial<EngineLimits>;
  /** How many workflows run at a time, in all and of one owner; those beyond wait. No limit unless given. */
  fairUse?: FairUse;
  /** This process is the only one on the database: steps that it finds RUNNING at its start run again at once. */
  recoverAll?: boolean;
  random?: () => number;
  /** Who is called when workflows end or workers are lost; nobody unless given. */
  webhooks?: WebhookTargets | null;
  tracer?: Tracer;
  /** A task that has waited for longer is worth a warning. */
  queueWaitWarningMs?: number;
  /** So long after its end a task is forgotten; its workflow is not. Null, or not given: never. */
  taskRetentionMs?: number | null;
  /** Faults of the engine's own rounds, which go on at their pace. */
  log?: { warn(details: object, text: string): void };
}

export function createEngine(options: EngineOptions): Engine {
  const { store, files, clock, recoverAll = false, random = Math.random } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const settling = { store, clock, random };
  const counting = { store, clock, silentAfterMs };
  const webhooks = createWebhooks({ ...counting, targets: options.webhooks ?? null, log: options.log });
  const sharedMetrics = createSharedMetrics(counting);
  const queues = createQueues({ ...options, waitWarningMs: options.queueWaitWarningMs ?? defaultWaitWarningMs });
  let rounds: Repeated[] = [];
  let unwatch: (() => Promise<void>)[] = [];

  const round = (everyMs: number, name: string, work: () => Promise<unknown>): Repeated => {
    const failed = (thrown: unknown) => options.log?.warn({ err: toAppError(thrown) }, `${name} failed`);
    const repeated = repeat(everyMs, async () => void (await work()), failed);
    rounds.push(repeated);
    return repeated;
  };
  const fairUse = options.fairUse ?? unlimited;
  const limited = fairUse.total !== null || fairUse.perOwner !== null;
  const admit = () => store.admitWorkflows(fairUse, clock.now());
  const reconcile = async () => {
    // Also those that another node, with limits, holds back: it may be gone, and limits may have been lifted.
    await admit();
    await store.republishStale(limits.staleMessageMs, clock.now());
  };
  const keepHouse = () => {
    const keepMs = options.taskRetentionMs ?? null;
    return store.maintain(keepMs === null ? null : new Date(clock.now().getTime() - keepMs));
  };

  return {
    datasets: createDatasets(options),
    workflows: createWorkflows({ ...options, limited, delegates: options.broker.introduce !== undefined }),
    tasks: createTasks({ store, clock, limited }),
    queues,
    workers: createWorkers({ store, clock }),
    readiness: createReadiness(options),
    webhooks,
    metrics: async () => [...(await sharedMetrics()), webhooks.calls.show()],
    async start() {
      if (recoverAll) {
        await settleAll(settling);
        await store.removeAllWorkers();
        // Messages that were handed to a broker inside the last process went with it.
        await store.republishAll(clock.now());
      }
      const relay = round(limits.relayPollMs, 'the outbox relay', () => relayOutbox(options));
      unwatch.push(await store.watchOutbox(relay.wake));
      relay.wake();
      if (limited) {
        const admission = round(limits.admissionMs, 'the admission of workflows', admit);
        unwatch.push(await store.watch(null, admission.wake));
        admission.wake();
      }
      round(limits.leaseWatchMs, 'the watch over leases', () => settleExpired(settling));
      round(limits.reconcileMs, 'the reconciler', reconcile);
      round(limits.cleanMs, 'the cleaner', () => removeOrphans({ store, files, clock }, limits.orphanAgeMs));
      round(limits.cleanMs, 'the housekeeping', keepHouse);
      round(limits.sampleMs, 'the sampling of queues', queues.sample);
      round(limits.countMs, 'the count of the log', () => countLog(counting));
      webhooks.start(round);
    },
    async stop() {
      await Promise.all(unwatch.map((end) => end()));
      unwatch = [];
      const stopping = rounds.map((repeated) => repeated.stop());
      rounds = [];
      await Promise.all(stopping);
    },
  };
}
