/**
 * What a worker says of itself in the database, every two seconds, and what it learns there: whether the name that it
 * goes by is its own, and whether something was asked of it.
 *
 * Two processes may have been given one name. It is the first one's until that signs off or has been silent for as
 * long as a lost worker is. The later one works as well, each claim of a step being one process's alone, but it
 * neither takes up the steps of the first nor hears its commands. Whether the first still lives shows in its
 * heartbeats, which go on or do not: a worker that was killed and starts again at once under its name is no second.
 */
import { AppError } from '../contract/errors.js';
import { settleFailure } from '../engine/attempts.js';
import type { Beat, Clock, Counted, NameAnswer, NewWorker, Store } from '../engine/ports.js';
import { silentAfterMs } from '../engine/silence.js';
import type { WorkerSnapshot } from './control.js';
import { limits } from './limits.js';
import type { WorkerLog } from './worker-options.js';

export interface HeartbeatsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly systemClock: Clock;
  readonly log: WorkerLog;
  readonly worker: NewWorker;
  readonly snapshot: () => WorkerSnapshot;
  /** There are commands that nobody has answered. */
  readonly onAsked: () => void;
}

type Held = Awaited<ReturnType<Store['stepsHeldBy']>>;

const sampleMs = 10_000;
/** With an answer that took longer, nobody knows when the database wrote its time. */
const longestTripMs = 1_000;
/** A database that was away makes all silent at once; then the first of a name beats before the second takes it. */
const silentLooks = 2;

export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  #timer: NodeJS.Timeout | null = null;
  #beating: Promise<void> | null = null;
  #again = false;
  #driftMs: number | null = null;
  #sampled = 0;
  #before: Counted = { processed: 0, failed: 0, retried: 0 };
  /** Steps that a process of this name ran when this one started, as long as it is not known to be gone. */
  #left: Held = [];
  #holder: { instance: string; heartbeatAt: number } | null = null;
  #silentLooks = 0;
  /** The instance that the log was told of. */
  #warnedOf: string | null = null;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  /** Before the first delivery, while every step under this name is another process's. @throws AppError `DATABASE_UNAVAILABLE` */
  async start(): Promise<void> {
    const { store, worker } = this.#options;
    this.#left = await store.stepsHeldBy(worker.name);
    await this.#register();
    await this.beat();
    this.#timer = setInterval(() => void this.beat(), limits.heartbeatMs);
  }

  /** Signs off. */
  async stop(): Promise<void> {
    const { store, worker, log } = this.#options;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#beating;
    try {
      await store.removeWorker(worker.name, worker.instance);
    } catch (error) {
      log.warn({ err: error }, 'the worker could not be signed off');
    }
  }

  /** At once, and once more after the one that is under way. Never rejects. */
  async beat(): Promise<void> {
    this.#again = true;
    this.#beating ??= this.#beatUntilSaid().finally(() => {
      this.#beating = null;
    });
    await this.#beating;
  }

  async #beatUntilSaid(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        await this.#beatOnce();
      } catch (error) {
        this.#options.log.warn({ err: error }, 'the heartbeat could not be written');
      }
    }
  }

  async #beatOnce(): Promise<void> {
    const { store, log } = this.#options;
    const beat = this.#beatNow();
    const answer = await this.#timed(() => store.heartbeatWorker(beat));
    if (answer === null) return this.#register();
    if (!answer.own) return this.#lookAtHolder(answer);
    this.#holder = null;
    this.#tellOnce(answer.rival, 'another process goes by the name of this worker');
    if (answer.asked) this.#options.onAsked();
    const sample = Math.floor(answer.databaseTime.getTime() / sampleMs);
    if (sample === this.#sampled) return;
    this.#sampled = sample;
    await store.recordSample(beat).catch((error) => log.warn({ err: error }, 'a sample could not be written'));
  }

  #beatNow(): Beat {
    const { worker, snapshot } = this.#options;
    const { state, queues, slots, active, processed, failed, retried, load, hostBytes, childrenBytes } = snapshot();
    return {
      name: worker.name,
      instance: worker.instance,
      queues,
      active: active.length,
      slots,
      draining: state !== 'working',
      processed: this.#before.processed + processed,
      failed: this.#before.failed + failed,
      retried: this.#before.retried + retried,
      load,
      memoryBytes: hostBytes + (childrenBytes ?? 0),
      childrenBytes,
      clockDriftMs: this.#driftMs,
    };
  }

  /** The database's time was read between the question and the answer. */
  async #timed<Answer extends { databaseTime: Date } | null>(ask: () => Promise<Answer>): Promise<Answer> {
    const { systemClock } = this.#options;
    const asked = { at: systemClock.now().getTime(), ticks: performance.now() };
    const answer = await ask();
    const tripMs = performance.now() - asked.ticks;
    if (answer !== null && tripMs <= longestTripMs) {
      this.#driftMs = Math.round(asked.at + tripMs / 2 - answer.databaseTime.getTime());
    }
    return answer;
  }

  async #register(): Promise<void> {
    const { store, worker, log } = this.#options;
    const answer = await this.#timed(() => store.registerWorker(worker, silentAfterMs));
    if (!answer.own) return this.#lookAtHolder(answer);
    this.#before = answer.counted;
    if (this.#holder !== null) log.info({ worker: worker.name }, 'the name of this worker is its own now');
    this.#holder = null;
    await this.#recoverLeft();
  }

  /** Whoever had the name is gone; its steps need not wait until their leases run out. */
  async #recoverLeft(): Promise<void> {
    const { store, clock, worker } = this.#options;
    for (let held = this.#left.pop(); held !== undefined; held = this.#left.pop()) {
      const lost = new AppError('WORKER_LOST', { worker: worker.name, step: held.name });
      await settleFailure({ store, clock, random: Math.random }, held, lost, null, { atOnce: true });
    }
  }

  async #lookAtHolder(answer: Extract<NameAnswer, { own: false }>): Promise<void> {
    const { store, worker } = this.#options;
    const seen = this.#holder;
    const { instance } = answer.holder;
    const heartbeatAt = answer.heartbeatAt.getTime();
    this.#holder = { instance, heartbeatAt };
    this.#silentLooks = answer.silentMs > silentAfterMs ? this.#silentLooks + 1 : 0;
    if (!answer.online || this.#silentLooks >= silentLooks) return this.#register();
    const lives = seen !== null && seen.instance === instance && heartbeatAt > seen.heartbeatAt;
    if (!lives) return;
    this.#tellOnce(answer.holder, 'another worker goes by this name, and was there before; give each its own');
    await store.tellRival(worker.name, { instance: worker.instance, host: worker.host, pid: worker.pid });
  }

  #tellOnce(other: { instance: string; host: string; pid: number } | null, text: string): void {
    const { log, worker } = this.#options;
    if (this.#warnedOf === (other?.instance ?? null)) return;
    this.#warnedOf = other?.instance ?? null;
    if (other === null) log.info({ worker: worker.name }, 'no other process goes by this name any more');
    else log.warn({ worker: worker.name, otherHost: other.host, otherPid: other.pid }, text);
  }
}
