/** Takes tasks from its queues and runs their steps in child processes. */
import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { ownStepNames } from '../contract/entities.js';
import type { QueueName, TaskMessage } from '../contract/tasks.js';
import { type Courier, createCourier } from '../engine/courier.js';
import type { AttemptEnd } from '../engine/operations/worker-ports.js';
import type { ClaimedStep, Delivery } from '../engine/ports.js';
import { noTracer } from '../engine/tracing.js';
import { ChildPool } from './child-pool.js';
import { Claims } from './claims.js';
import { Commands } from './commands.js';
import { mostSlots, type Revoked, type WorkerSnapshot, type WorkerState } from './control.js';
import { Counters } from './counters.js';
import { DelegatedRun } from './delegated-run.js';
import { Heartbeats } from './heartbeats.js';
import { Intake } from './intake.js';
import { limits } from './limits.js';
import { residentBytes } from './memory-use.js';
import { StepRun } from './step-run.js';
import { idsOf, logFor, watchAttempt } from './watched-attempt.js';
import type { Worker, WorkerLog, WorkerOptions } from './worker-options.js';

export type { Worker, WorkerOptions } from './worker-options.js';

/** A chain of three steps finds every child warm even where none of them comes back to run the next. */
const spares = ownStepNames.length;

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
  readonly #courier: Courier;
  readonly #claims: Claims;
  readonly #heartbeats: Heartbeats;
  readonly #commands: Commands;
  readonly #counters = new Counters();
  readonly #runs = new Set<StepRun | DelegatedRun>();
  /** Of those, the ones that are done and have no slot: only their ends are being written down. */
  readonly #ending = new Set<StepRun | DelegatedRun>();
  readonly #reaping = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #stopping: Promise<void> | null = null;
  #over = false;
  #startedAt: Date;
  readonly #instance = randomUUID();
  readonly stopped: Promise<void>;
  #tellStopped: () => void = () => {};

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
    this.#courier = createCourier(options, this.#log);
    this.#intake = new Intake({
      broker: options.broker,
      queues: options.queues,
      slots: options.concurrency,
      log: this.#log,
      handle: (delivery, free) => this.#handle(delivery, free),
    });
    const { store, clock, name, host, version, queues, concurrency } = options;
    const log = this.#log;
    const instance = this.#instance;
    const stop = this.#stop.signal;
    this.#claims = new Claims({ store, clock, worker: name, leaseMs: this.#leaseMs, log, stop });
    this.#heartbeats = new Heartbeats({
      store,
      clock,
      systemClock: options.systemClock ?? clock,
      log,
      worker: { name, instance, host, pid: process.pid, queues: [...queues], concurrency, version },
      snapshot: () => this.snapshot(),
      onAsked: () => this.#commands.look(),
    });
    const written = () => this.#heartbeats.beat();
    this.#commands = new Commands({ store, log, worker: this, instance, written });
    this.#startedAt = clock.now();
    this.stopped = new Promise((resolve) => {
      this.#tellStopped = resolve;
    });
  }

  get name(): string {
    return this.#options.name;
  }

  async start(): Promise<void> {
    this.#startedAt = this.#options.clock.now();
    await this.#heartbeats.start();
    this.#pool.warm();
    await this.#commands.open();
    await this.#intake.open();
    await this.#options.presence?.attach(this);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopOnce();
    return this.#stopping;
  }

  shutdown(): Promise<void> {
    this.#log.warn({ worker: this.name }, 'the worker was asked to shut down');
    return this.stop();
  }

  grow(slots: number): number {
    return this.#resize(Math.min(mostSlots, this.#intake.slots + slots));
  }

  shrink(slots: number): number {
    return this.#resize(Math.max(1, this.#intake.slots - slots));
  }

  #resize(slots: number): number {
    this.#intake.resize(slots);
    this.#log.info({ worker: this.name, slots }, 'the number of slots was changed');
    return slots;
  }

  takeUp(queue: QueueName): boolean {
    if (this.#intake.queues.includes(queue)) return false;
    this.#intake.takeUp(queue);
    return this.#queuesChanged();
  }

  giveUp(queue: QueueName): boolean {
    if (!this.#intake.queues.includes(queue)) return false;
    this.#intake.giveUp(queue);
    return this.#queuesChanged();
  }

  #queuesChanged(): true {
    this.#log.info({ worker: this.name, queues: this.#intake.queues }, 'the queues were changed');
    void this.#heartbeats.beat();
    return true;
  }

  quiet(): void {
    this.#intake.hush();
    this.#log.info({ worker: this.name }, 'takes nothing new until it is told to');
  }

  resume(): void {
    this.#intake.resume();
    this.#log.info({ worker: this.name }, 'takes steps again');
  }

  async revoke(taskId: string, terminate: boolean): Promise<Revoked> {
    const { store, clock } = this.#options;
    const run = [...this.#runs].find(({ active }) => active.taskId === taskId);
    if (run === undefined) return 'unknown';
    if (!terminate) return 'running';
    await store.cancelWorkflow(run.active.workflowId, clock.now());
    run.revoke();
    return 'terminated';
  }

  snapshot(): WorkerSnapshot {
    const { name, host, version } = this.#options;
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    const childPids = this.#pool.pids;
    return {
      name,
      instance: this.#instance,
      host,
      pid: process.pid,
      version,
      queues: this.#intake.queues,
      state: this.#state(),
      slots: this.#intake.slots,
      active: [...this.#runs].filter((run) => !this.#ending.has(run)).map(({ active }) => active),
      ...this.#counters.read(),
      load: [one, five, fifteen],
      hostBytes: process.memoryUsage.rss(),
      childrenBytes: residentBytes(childPids),
      childPids,
      startedAt: this.#startedAt,
    };
  }

  #state(): WorkerState {
    if (this.#over) return 'stopped';
    if (this.#stop.signal.aborted) return 'draining';
    return this.#intake.quiet ? 'quiet' : 'working';
  }

  async #stopOnce(): Promise<void> {
    this.#stop.abort();
    for (const run of this.#runs) run.drain();
    await this.#intake.stop();
    await this.#courier.stop();
    await Promise.all(this.#reaping);
    await this.#pool.close();
    await this.#commands.close();
    await this.#heartbeats.stop();
    this.#over = true;
    await this.#options.presence?.leave();
    this.#tellStopped();
  }

  get #leaseMs(): number {
    return this.#options.leaseMs ?? limits.leaseMs;
  }

  /** Acked at the end, whatever came of it. */
  async #handle(delivery: Delivery, free: () => void): Promise<void> {
    const { clock, presence } = this.#options;
    const { message } = delivery;
    const receivedAt = clock.now();
    const claim = await this.#claims.take(delivery);
    if (claim === 'away') return delivery.requeue();
    if (claim === null) {
      presence?.events.dropped(message);
    } else {
      presence?.events.started(message, receivedAt);
      // Not inside the call: without a presence, nothing in it would be done.
      const end = await this.#watched(message, claim, free);
      presence?.events.ended(message, end);
    }
    await delivery.ack();
  }

  #watched(message: TaskMessage, claimed: ClaimedStep, free: () => void): Promise<AttemptEnd> {
    const watcher = { tracer: this.#options.tracer ?? noTracer, log: this.#log, worker: this.name };
    return watchAttempt(watcher, message, claimed, (watched) => this.#run(watched, free));
  }

  async #run(claimed: ClaimedStep, free: () => void): Promise<AttemptEnd> {
    const { store, files, clock, name, graceMs } = this.#options;
    const leaseMs = this.#leaseMs;
    const services = {
      presence: this.#options.presence,
      addressOf: this.#options.addressOf ?? ((file: string) => file),
      store,
      files,
      clock,
      graceMs,
      leaseMs,
      stepTimeoutMs: this.#options.stepTimeoutMs ?? null,
      worker: name,
      pool: this.#pool,
      courier: this.#courier,
      log: logFor(this.#log, idsOf(claimed, name)),
    };
    // Given out anew while it runs here: the database has forgotten the claim of the attempt that runs.
    for (const other of this.#runs) if (other.stepId === claimed.input.stepId) other.forget();
    const delegated = claimed.input.name === 'custom';
    const run = delegated ? new DelegatedRun(services, claimed) : new StepRun(services, claimed);
    this.#runs.add(run);
    if (this.#stop.signal.aborted) run.drain();
    const end = await run.run(() => {
      this.#ending.add(run);
      free();
    });
    this.#counters.count(claimed.input.name, end.outcome);
    this.#runs.delete(run);
    this.#ending.delete(run);
    const reaping = run
      .reap()
      .catch((error: unknown) => this.#log.warn({ err: error }, 'a scratch directory could not be removed'))
      .finally(() => this.#reaping.delete(reaping));
    this.#reaping.add(reaping);
    return end;
  }
}
