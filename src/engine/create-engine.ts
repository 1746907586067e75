/** The engine, put together from its ports. */
import { toAppError } from '../contract/errors.js';
import { removeOrphans } from './cleaner.js';
import { createDatasets } from './datasets.js';
import type { Engine } from './engine.js';
import { endOfTime, settleAll, settleExpired } from './lost-workers.js';
import type { Broker, Clock, Files, Sniffer, Store } from './ports.js';
import { readiness } from './readiness.js';
import { relayOutbox } from './relay.js';
import { type Repeated, repeat } from './repeat.js';
import { createWorkflows } from './workflows.js';

/** Paces, in milliseconds. */
interface EngineLimits {
  /** The outbox is looked at this often even when nobody says that there is something in it. */
  relayPollMs: number;
  /** How often leases are looked at. */
  leaseWatchMs: number;
  /** How often steps are looked for that wait without a message. */
  reconcileMs: number;
  /** A message that nobody has acted upon for this long may be lost. */
  staleMessageMs: number;
  /** How often files that nobody names are looked for. */
  cleanMs: number;
  /** Files younger than this may be about to be named. */
  orphanAgeMs: number;
}

const defaultLimits: EngineLimits = {
  relayPollMs: 500,
  leaseWatchMs: 1_000,
  reconcileMs: 30_000,
  staleMessageMs: 120_000,
  cleanMs: 30 * 60_000,
  orphanAgeMs: 60 * 60_000,
};

export interface EngineOptions {
  store: Store;
  broker: Broker;
  files: Files;
  sniffer: Sniffer;
  clock: Clock;
  limits?: Partial<EngineLimits>;
  /** This process is the only one on the database: steps that it finds RUNNING at its start run again at once. */
  recoverAll?: boolean;
  random?: () => number;
  /** Faults of the engine's own rounds, which go on at their pace. */
  log?: { warn(details: object, text: string): void };
}

export function createEngine(options: EngineOptions): Engine {
  const { store, files, clock, recoverAll = false, random = Math.random } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const settling = { store, clock, random };
  let rounds: Repeated[] = [];
  let unwatch: (() => Promise<void>) | null = null;

  const round = (everyMs: number, name: string, work: () => Promise<unknown>): Repeated => {
    const failed = (thrown: unknown) => options.log?.warn({ err: toAppError(thrown) }, `${name} failed`);
    const repeated = repeat(everyMs, async () => void (await work()), failed);
    rounds.push(repeated);
    return repeated;
  };
  const reconcile = () => {
    const now = clock.now();
    return store.republishStale(new Date(now.getTime() - limits.staleMessageMs), now);
  };

  return {
    datasets: createDatasets(options),
    workflows: createWorkflows(options),
    readiness: () => readiness(options),
    async start() {
      if (recoverAll) {
        await settleAll(settling);
        // Messages that were handed to a broker inside the last process went with it.
        await store.republishStale(endOfTime, clock.now());
      }
      const relay = round(limits.relayPollMs, 'the outbox relay', () => relayOutbox(options));
      unwatch = await store.watchOutbox(relay.wake);
      relay.wake();
      round(limits.leaseWatchMs, 'the watch over leases', () => settleExpired(settling));
      round(limits.reconcileMs, 'the reconciler', reconcile);
      round(limits.cleanMs, 'the cleaner', () => removeOrphans({ store, files, clock }, limits.orphanAgeMs));
    },
    async stop() {
      await unwatch?.();
      unwatch = null;
      const stopping = rounds.map((repeated) => repeated.stop());
      rounds = [];
      await Promise.all(stopping);
    },
  };
}
