/** The engine, put together from its ports. */
import { toAppError } from '../contract/errors.js';
import { removeOrphans } from './cleaner.js';
import { createDatasets } from './datasets.js';
import type { Engine } from './engine.js';
import { settleAll, settleExpired } from './lost-workers.js';
import type { Broker, Clock, FairUse, Files, Sniffer, Store } from './ports.js';
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
};

export interface EngineOptions {
  store: Store;
  broker: Broker;
  files: Files;
  sniffer: Sniffer;
  clock: Clock;
  limits?: Partial<EngineLimits>;
  /** How many workflows run at a time, in all and of one owner; those beyond wait. No limit unless given. */
  fairUse?: FairUse;
  /** Whose the workflows are that are created here, while there is no other way to tell. */
  owner?: string;
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

  return {
    datasets: createDatasets(options),
    workflows: createWorkflows({ ...options, limited }),
    readiness: () => readiness(options),
    async start() {
      if (recoverAll) {
        await settleAll(settling);
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
      round(limits.cleanMs, 'the housekeeping', () => store.maintain());
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
