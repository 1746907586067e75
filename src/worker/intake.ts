/**
 * Takes deliveries from several queues into one pool of slots. While a slot is free every queue is consumed; when
 * all are taken and stay so, consuming stops and what the queues had sent meanwhile goes back, so that no message
 * waits here for long while another worker is idle. Steps that take less time than that find the next one here: to
 * consume a quorum queue and to leave it again costs the broker more than a short step takes.
 *
 * The number of slots may change at any time. A consumer is told once how much it may be sent, so one that was told
 * another number is closed and another opened; what it has brought keeps its slot. So may the queues change: what came
 * from one that is given up and has no slot yet goes back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type QueueName, queueNames } from '../contract/tasks.js';
import type { Broker, Consumer, Delivery } from '../engine/ports.js';
import { limits } from './limits.js';
import type { WorkerLog } from './worker-options.js';

export interface IntakeOptions {
  readonly broker: Broker;
  /** Both to begin with. */
  readonly queues: readonly QueueName[];
  readonly slots: number;
  readonly log: WorkerLog;
  /**
   * Has a slot until it resolves, or calls `free` because all that is left to do is to write down what came of it; acks
   * or requeues the delivery itself.
   */
  readonly handle: (delivery: Delivery, free: () => void) => Promise<void>;
}

interface Consuming {
  readonly consumer: Consumer;
  readonly prefetch: number;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #consumers = new Map<QueueName, Consuming>();
  /** Of queues that are left while all slots are taken, where the broker goes on counting who comes back. */
  readonly #resting = new Map<QueueName, Consumer>();
  readonly #running = new Set<Promise<void>>();
  /** Of those that run, how many have a slot. */
  #taken = 0;
  #surplus: Delivery[] = [];
  #adjusting = false;
  #adjusted: Promise<void> = Promise.resolve();
  /** When the last slot was taken; null: one is free. */
  #fullSince: number | null = null;
  #lookAgain: NodeJS.Timeout | null = null;
  #slots: number;
  /** In the order of the chain. */
  #queues: readonly QueueName[];
  #quiet = false;
  readonly #stop = new AbortController();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#slots = options.slots;
    this.#queues = options.queues;
  }

  get queues(): readonly QueueName[] {
    return this.#queues;
  }

  get slots(): number {
    return this.#slots;
  }

  /** Takes nothing new for now, though slots may be free. */
  get quiet(): boolean {
    return this.#quiet;
  }

  /** Resolves when every queue is consumed; a broker that does not answer is asked until it does. */
  async open(): Promise<void> {
    await this.#adjust();
  }

  /** What has a slot keeps it: with fewer than are taken, nothing is taken until enough are free. */
  resize(slots: number): void {
    this.#slots = slots;
    this.#changed();
  }

  /** Takes from this queue too. */
  takeUp(queue: QueueName): void {
    this.#queues = queueNames.filter((name) => name === queue || this.#queues.includes(name));
    this.#changed();
  }

  /** Takes nothing more from this queue; what has a slot goes on. */
  giveUp(queue: QueueName): void {
    this.#queues = this.#queues.filter((name) => name !== queue);
    this.#changed();
  }

  /** Takes nothing new until `resume`; what has a slot goes on. */
  hush(): void {
    this.#quiet = true;
    this.#changed();
  }

  resume(): void {
    this.#quiet = false;
    this.#changed();
  }

  /** Takes nothing more, and resolves when every delivery that was taken has been handled. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#lookAgain !== null) clearTimeout(this.#lookAgain);
    await this.#adjust();
    await Promise.all(this.#running);
  }

  /** A database that does not answer has no more claimed than so many whose ends are not written. */
  #hasSlot(): boolean {
    return !this.#closed() && this.#taken < this.#slots && this.#running.size < (1 + limits.endsASlot) * this.#slots;
  }

  #closed(): boolean {
    return this.#quiet || this.#stop.signal.aborted;
  }

  /** What the queues have sent to somebody who takes less than before goes back at once. */
  #changed(): void {
    this.#fullSince = null;
    void this.#adjust();
  }

  #receive(delivery: Delivery): void {
    if (this.#hasSlot() && this.#isWanted(delivery)) this.#start(delivery);
    else this.#surplus.push(delivery);
    void this.#adjust();
  }

  #start(delivery: Delivery): void {
    const { handle, log } = this.#options;
    let holds = true;
    const free = (): void => {
      if (!holds) return;
      holds = false;
      this.#taken -= 1;
      this.#fullSince = null;
      void this.#adjust();
    };
    this.#taken += 1;
    const running = handle(delivery, free)
      .catch((error: unknown) => log.error({ err: error, task: delivery.message }, 'a delivery was not handled'))
      .finally(() => {
        this.#running.delete(running);
        free();
        // One that had let go of its slot before may have been the last too many.
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
    if (this.#surplus.some((delivery) => !this.#isWanted(delivery))) return () => this.#returnUnwanted();
    const gone = [...this.#resting.keys()].find((queue) => this.#closed() || !this.#queues.includes(queue));
    if (gone !== undefined) return () => this.#endRest(gone);
    if (this.#hasSlot()) {
      if (this.#surplus.length > 0) return async () => this.#startSurplus();
      const outdated = this.#outdated();
      if (outdated !== null) return () => this.#close(outdated);
      return this.#consumers.size < this.#queues.length ? () => this.#consumeNext() : null;
    }
    if (this.#lingers()) return null;
    if (this.#consumers.size > 0) return () => this.#leaveQueues();
    return this.#surplus.length > 0 ? () => this.#returnSurplus() : null;
  }

  /** True for as long as a slot may soon be free again; then it is looked again. */
  #lingers(): boolean {
    if (this.#closed() || this.#fullSince === null) return false;
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
    const { broker } = this.#options;
    const prefetch = this.#slots;
    // The last step first: chains that have begun end before new ones begin, and no queue behind is starved.
    const queue = this.#queues.findLast((name) => !this.#consumers.has(name));
    if (queue === undefined) return;
    const consumer = await broker.consume(queue, prefetch, (delivery) => this.#receive(delivery));
    this.#consumers.set(queue, { consumer, prefetch });
    await this.#endRest(queue);
  }

  /** A queue that is taken from no more, or whose consumer was told another number of slots. */
  #outdated(): QueueName | null {
    for (const [queue, { prefetch }] of this.#consumers) {
      if (prefetch !== this.#slots || !this.#queues.includes(queue)) return queue;
    }
    return null;
  }

  #isWanted({ message }: Delivery): boolean {
    return this.#queues.includes(message.name);
  }

  async #close(queue: QueueName): Promise<void> {
    const consuming = this.#consumers.get(queue);
    this.#consumers.delete(queue);
    await consuming?.consumer.stop();
  }

  async #leaveQueues(): Promise<void> {
    await Promise.all([...this.#consumers.keys()].map((queue) => this.#leave(queue)));
  }

  async #leave(queue: QueueName): Promise<void> {
    const consumer = this.#consumers.get(queue)?.consumer;
    if (this.#closed() || consumer?.rest === undefined) return this.#close(queue);
    consumer.rest();
    this.#consumers.delete(queue);
    this.#resting.set(queue, consumer);
  }

  async #endRest(queue: QueueName): Promise<void> {
    const consumer = this.#resting.get(queue);
    this.#resting.delete(queue);
    await consumer?.stop();
  }

  async #returnUnwanted(): Promise<void> {
    const unwanted = this.#surplus.filter((delivery) => !this.#isWanted(delivery));
    this.#surplus = this.#surplus.filter((delivery) => this.#isWanted(delivery));
    // Its consumer goes first: what is given back to a queue that one still consumes comes again at once.
    await Promise.all(unwanted.map(({ message }) => this.#close(message.name)));
    await Promise.all(unwanted.map((delivery) => delivery.requeue()));
  }

  async #returnSurplus(): Promise<void> {
    const surplus = this.#surplus;
    this.#surplus = [];
    await Promise.all(surplus.map((delivery) => delivery.requeue()));
  }
}
