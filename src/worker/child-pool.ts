/**
 * Children that are ready before a step comes: a cold start takes 150 ms, a warm one none. A child runs one step
 * and ends, so that nothing of one step (memory, a wedged library) can reach the next.
 */
import type { StepName } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import { describeEnd } from './child-end.js';
import { type ChildEnd, type ChildOptions, type StepChild, startChild } from './child-process.js';
import { limits } from './limits.js';
import type { WorkerLog } from './worker-options.js';

export interface ChildPoolOptions extends ChildOptions {
  /** Children kept ready. */
  readonly spares: number;
  readonly log: WorkerLog;
}

/** A child on its way to `ready`: null once it is, or how it ended before. */
interface Spare {
  readonly child: StepChild;
  readonly ready: Promise<ChildEnd | null>;
  isReady: boolean;
}

export class ChildPool {
  readonly #options: ChildPoolOptions;
  readonly #spares: Spare[] = [];
  readonly #alive = new Set<StepChild>();
  /** Spares that died, one after the other, before a step came. */
  #deaths = 0;
  #pause: NodeJS.Timeout | null = null;
  #refill: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: ChildPoolOptions) {
    this.#options = options;
  }

  /** Spares that would run a step at once. */
  get readySpares(): number {
    return this.#spares.filter(({ isReady }) => isReady).length;
  }

  /** Starts the spares that are missing. */
  warm(): void {
    while (!this.#closed && this.#pause === null && this.#spares.length < this.#options.spares) this.#addSpare();
  }

  /** A child that is ready for one step. @throws AppError `STEP_CRASHED` when it could not be started */
  async take(step: StepName): Promise<StepChild> {
    const spare = this.#spares.shift() ?? this.#start();
    this.#warmSoon();
    const early = await spare.ready;
    if (early !== null) throw new AppError('STEP_CRASHED', { step, how: describeEnd(early) }, { cause: early.output });
    this.#deaths = 0;
    return spare.child;
  }

  /** The steps of a short chain go first: a child that starts takes the processor that they want. */
  #warmSoon(): void {
    this.#refill ??= setTimeout(() => {
      this.#refill = null;
      this.warm();
    }, limits.refillMs);
  }

  /** Kills every child and resolves when none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pause !== null) clearTimeout(this.#pause);
    if (this.#refill !== null) clearTimeout(this.#refill);
    for (const child of this.#alive) child.kill();
    await Promise.all([...this.#alive].map((child) => child.ended));
  }

  #start(): Spare {
    const child = startChild(this.#options);
    this.#alive.add(child);
    void child.ended.then(() => this.#alive.delete(child));
    const spare: Spare = { child, ready: untilReady(child), isReady: false };
    void spare.ready.then((end) => {
      spare.isReady = end === null;
    });
    return spare;
  }

  #addSpare(): void {
    const spare = this.#start();
    this.#spares.push(spare);
    void spare.child.ended.then((end) => {
      const place = this.#spares.indexOf(spare);
      if (place < 0 || this.#closed) return;
      this.#spares.splice(place, 1);
      this.#options.log.warn({ pid: spare.child.pid, output: end.output }, `a spare child ended: ${describeEnd(end)}`);
      this.#replaceLater();
    });
  }

  /** A child that cannot live must not be started over and over at full speed. */
  #replaceLater(): void {
    const delayMs = Math.min(limits.spareBackoffMs * 2 ** this.#deaths, limits.spareBackoffMaxMs);
    this.#deaths += 1;
    if (this.#pause !== null) return;
    this.#pause = setTimeout(() => {
      this.#pause = null;
      this.warm();
    }, delayMs);
  }
}

function untilReady(child: StepChild): Promise<ChildEnd | null> {
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill(), limits.childStartMs);
    const settle = (end: ChildEnd | null) => {
      clearTimeout(late);
      resolve(end);
    };
    child.listen((message) => {
      if (message?.type === 'ready') settle(null);
    });
    void child.ended.then(settle);
  });
}
