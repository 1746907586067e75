/** Takes tasks from its queues and runs their steps in child processes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stepNames } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import { whyNotRunnable } from '../contract/tasks.js';
import { settleFailure } from '../engine/attempts.js';
import type { ClaimedStep, Delivery } from '../engine/ports.js';
import { ChildPool } from './child-pool.js';
import { Intake } from './intake.js';
import { limits } from './limits.js';
import { StepRun } from './step-run.js';
import type { Worker, WorkerLog, WorkerOptions } from './worker-options.js';

export type { Worker, WorkerOptions } from './worker-options.js';

/**
 * One spare a step of a chain, so that a chain of short steps finds every child warm; more would only take memory,
 * because a long step takes longer than a child takes to start.
 */
const spares = stepNames.length;

const silent: WorkerLog = { info: () => {}, warn: () => {}, error: () => {} };

/** A worker over the given ports; nothing happens before `start`. */
export function createWorker(options: WorkerOptions): Worker {
  return new QueueWorker(options);
}

class QueueWorker implements Worker {
  readonly #options: WorkerOptions;
  readonly #log: WorkerLog;
  readonly #pool: ChildPool;
  readonly #intake: Intake;
  readonly #runs = new Set<StepRun>();
  readonly #reaping = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #heartbeat: NodeJS.Timeout | null = null;
  #stopped: Promise<void> | null = null;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#log = options.log ?? silent;
    this.#pool = new ChildPool({
      entry: options.childEntry,
      env: options.childEnv,
      memoryMb: options.childMemoryMb,
      spares,
      log: this.#log,
    });
    this.#intake = new Intake({
      broker: options.broker,
      queues: options.queues,
      slots: options.concurrency,
      log: this.#log,
      handle: (delivery) => this.#handle(delivery),
    });
  }

  async start(): Promise<void> {
    const { store, clock, name, host, version, queues, concurrency } = this.#options;
    const now = clock.now();
    await store.registerWorker({
      name,
      host,
      pid: process.pid,
      queues: [...queues],
      concurrency,
      version,
      startedAt: now,
      heartbeatAt: now,
    });
    await this.#recoverOwnSteps();
    this.#pool.warm();
    this.#heartbeat = setInterval(() => void this.#beat(), limits.heartbeatMs);
    await this.#intake.open();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopOnce();
    return this.#stopped;
  }

  async #stopOnce(): Promise<void> {
    const { store, clock, name } = this.#options;
    this.#stop.abort();
    for (const run of this.#runs) run.drain();
    await this.#intake.stop();
    await Promise.all(this.#reaping);
    await this.#pool.close();
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    try {
      await store.removeWorker(name, clock.now());
    } catch (error) {
      this.#log.warn({ err: error }, 'the worker could not be signed off');
    }
  }

  get #leaseMs(): number {
    return this.#options.leaseMs ?? limits.leaseMs;
  }

  /** A worker of this name died; its steps need not wait until their leases run out. */
  async #recoverOwnSteps(): Promise<void> {
    const { store, clock, name } = this.#options;
    for (const held of await store.stepsHeldBy(name)) {
      const lost = new AppError('WORKER_LOST', { worker: name, step: held.name });
      await settleFailure({ store, clock, random: Math.random }, held, lost, null, { atOnce: true });
    }
  }

  async #beat(): Promise<void> {
    const { store, clock, name } = this.#options;
    try {
      await store.heartbeatWorker(name, this.#runs.size, clock.now());
    } catch (error) {
      this.#log.warn({ err: error }, 'the heartbeat could not be written');
    }
  }

  /** A message is a hint: without a claim there is nothing to do. Acked at the end, whatever came of it. */
  async #handle(delivery: Delivery): Promise<void> {
    const claim = await this.#claim(delivery);
    if (claim === 'away') return delivery.requeue();
    if (claim !== null) {
      const doubt = whyNotRunnable(claim.input);
      await (doubt === null ? this.#run(claim) : this.#leaveToNewer(claim, doubt));
    }
    await delivery.ack();
  }

  async #claim(delivery: Delivery): Promise<ClaimedStep | null | 'away'> {
    const { store, clock, name } = this.#options;
    const [stepId] = delivery.message.args;
    try {
      return await store.claimStep(stepId, name, this.#leaseMs, clock.now());
    } catch (error) {
      this.#log.error({ err: error, task: delivery.message }, 'the step could not be claimed');
      // Unless the database is away, the message would fail again at once; the step is found and published anew.
      if (!(error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE')) return null;
      await sleep(limits.retryMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      return 'away';
    }
  }

  /** During an upgrade: a newer server asked for what this version would leave out. No fault is counted. */
  async #leaveToNewer({ input }: ClaimedStep, doubt: string): Promise<void> {
    const { store, clock } = this.#options;
    const { stepId, attempt } = input;
    const now = clock.now();
    const retryAt = new Date(now.getTime() + limits.notRunnableMs);
    try {
      await store.requeueStep({ stepId, attempt }, null, retryAt, false, now);
      this.#log.warn({ stepId, attempt, doubt }, 'a step is left to a newer worker');
    } catch (error) {
      // The lease runs out, and the step is found again.
      this.#log.error({ err: error, stepId, attempt, doubt }, 'a step could not be left to a newer worker');
    }
  }

  async #run(claimed: ClaimedStep): Promise<void> {
    const { store, files, clock, name, graceMs } = this.#options;
    const leaseMs = this.#leaseMs;
    const services = {
      store,
      files,
      clock,
      graceMs,
      leaseMs,
      stepTimeoutMs: this.#options.stepTimeoutMs ?? null,
      worker: name,
      pool: this.#pool,
      log: this.#log,
    };
    // Given out anew while it runs here: the database has forgotten the claim of the attempt that runs.
    for (const other of this.#runs) if (other.stepId === claimed.input.stepId) other.forget();
    const run = new StepRun(services, claimed);
    this.#runs.add(run);
    if (this.#stop.signal.aborted) run.drain();
    await run.run();
    this.#runs.delete(run);
    const reaping = run
      .reap()
      .catch((error: unknown) => this.#log.warn({ err: error }, 'a scratch directory could not be removed'))
      .finally(() => this.#reaping.delete(reaping));
    this.#reaping.add(reaping);
  }
}
