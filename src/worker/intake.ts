/**
 * Takes deliveries from several queues into one pool of slots. While a slot is free every queue is consumed; when
 * all are taken and stay so, consuming stops and what the queues had sent meanwhile goes back, so that no message
 * waits here for long while another worker is idle. Steps that take less time than that find the next one here: to
 * consume a quorum queue and to leave it again costs the broker more than a short step takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueName } from '../contract/tasks.js';
import type { Broker, Consumer, Delivery } from '../engine/ports.js';
import { limits } from './limits.js';
import type { WorkerLog } from './worker-options.js';

export interface IntakeOptions {
  readonly broker: Broker;
  readonly queues: readonly QueueName[];
  readonly slots: number;
  readonly log: WorkerLog;
  /** Has a slot until it resolves; acks or requeues the delivery itself. */
  readonly handle: (delivery: Delivery) => Promise<void>;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #consumers = new Map<QueueName, Consumer>();
  readonly #running = new Set<Promise<void>>();
  #surplus: Delivery[] = [];
  #adjusting = false;
  #adjusted: Promise<void> = Promise.resolve();
  /** When the last slot was taken; null: one is free. */
  #fullSince: number | null = null;
  #lookAgain: NodeJS.Timeout | null = null;
  readonly #stop = new AbortController();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Resolves when every queue is consumed; a broker that does not answer is asked until it does. */
  async open(): Promise<void> {
    await this.#adjust();
  }

  /** Takes nothing more, and resolves when every delivery that was taken has been handled. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#lookAgain !== null) clearTimeout(this.#lookAgain);
    await this.#adjust();
    await Promise.all(this.#running);
  }

  #hasSlot(): boolean {
    return !this.#stop.signal.aborted && this.#running.size < this.#options.slots;
  }

  #receive(delivery: Delivery): void {
    if (this.#hasSlot()) this.#start(delivery);
    else this.#surplus.push(delivery);
    void this.#adjust();
  }

  #start(delivery: Delivery): void {
    const { handle, log } = this.#options;
    const running = handle(delivery)
      .catch((error: unknown) => log.error({ err: error, task: delivery.message }, 'a delivery was not handled'))
      .finally(() => {
        this.#running.delete(running);
        this.#fullSince = null;
        void this.#adjust();
      });
    this.#running.add(running);
    if (!this.#hasSlot()) this.#fullSince ??= performance.now();
  }

  /** Brings consumers in line with the free slots. One adjustment at a time: the one under way sees every change. */
  #adjust(): Promise<void> {
    if (!this.#adjusting) this.#adjusted = this.#adjustUntilSettled();
    return this.#adjusted;
  }

  async #adjustUntilSettled(): Promise<void> {
    this.#adjusting = true;
    // Between the last look and this mark being taken back nothing else can run.
    try {
      for (let step = this.#nextStep(); step !== null; step = this.#nextStep()) {
        if (!(await this.#tried(step))) return;
      }
    } finally {
      this.#adjusting = false;
    }
  }

  #nextStep(): (() => Promise<void>) | null {
    if (this.#hasSlot()) {
      if (this.#surplus.length > 0) return async () => this.#startSurplus();
      return this.#consumers.size < this.#options.queues.length ? () => this.#consumeNext() : null;
    }
    if (this.#lingers()) return null;
    if (this.#consumers.size > 0) return () => this.#closeConsumers();
    return this.#surplus.length > 0 ? () => this.#returnSurplus() : null;
  }

  /** True for as long as a slot may soon be free again; then it is looked again. */
  #lingers(): boolean {
    if (this.#stop.signal.aborted || this.#fullSince === null) return false;
    const leftMs = this.#fullSince + limits.lingerMs - performance.now();
    if (leftMs <= 0) return false;
    this.#lookAgain ??= setTimeout(() => {
      this.#lookAgain = null;
      void this.#adjust();
    }, leftMs + 1);
    return true;
  }

  /** False when the broker does not answer and this intake is stopped: what it holds, the broker takes back by itself. */
  async #tried(step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the broker does not answer');
      await sleep(limits.retryMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      return !this.#stop.signal.aborted;
    }
  }

  #startSurplus(): void {
    const delivery = this.#surplus.shift();
    if (delivery !== undefined) this.#start(delivery);
  }

  async #consumeNext(): Promise<void> {
    const { broker, queues, slots } = this.#options;
    // The last step first: chains that have begun end before new ones begin, and no queue behind is starved.
    const queue = queues.findLast((name) => !this.#consumers.has(name));
    if (queue === undefined) return;
    this.#consumers.set(queue, await broker.consume(queue, slots, (delivery) => this.#receive(delivery)));
  }

  async #closeConsumers(): Promise<void> {
    const consumers = [...this.#consumers.values()];
    this.#consumers.clear();
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  }

  async #returnSurplus(): Promise<void> {
    const surplus = this.#surplus;
    this.#surplus = [];
    await Promise.all(surplus.map((delivery) => delivery.requeue()));
  }
}
