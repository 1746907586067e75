/**
 * Children that are ready before a step comes: a cold start takes 150 ms of a processor, a warm one none. A child
 * that completed a step cleanly may run the next one; any other ends with its step (docs/decisions/0008-children-run-again.md).
 */
import type { StepName } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import { describeEnd } from './child-end.js';
import { type ChildEnd, type ChildOptions, type Ready, type StepChild, startChild } from './child-process.js';
import { limits } from './limits.js';
import type { WorkerLog } from './worker-options.js';

export interface ChildPoolOptions extends ChildOptions {
  /** Children that there are at least while no step runs; of them, one is ready even while all slots are taken. */
  readonly spares: number;
  readonly log: WorkerLog;
  /** Steps that a child runs at most. */
  readonly runs?: number;
  /** A child that holds more than this after a step runs no other. */
  readonly keepBytes?: number;
}

interface Member {
  readonly child: StepChild;
  /** Null once it can take its first step, or how it ended before. */
  readonly started: Promise<ChildEnd | null>;
  isReady: boolean;
  runs: number;
}

export class ChildPool {
  readonly #options: ChildPoolOptions;
  /** Those without a step; the last one is taken first. */
  readonly #idle: Member[] = [];
  /** Those with a step that may come back. */
  readonly #out = new Map<StepChild, Member>();
  readonly #returning = new Set<Promise<void>>();
  readonly #alive = new Set<StepChild>();
  /** Idle ones that died, one after the other, before a step came. */
  #deaths = 0;
  #pause: NodeJS.Timeout | null = null;
  #refill: NodeJS.Timeout | null = null;
  #trim: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: ChildPoolOptions) {
    this.#options = options;
  }

  /** Children that would run a step at once. */
  get readySpares(): number {
    return this.#idle.filter(({ isReady }) => isReady).length;
  }

  /** Of every child that is alive. */
  get pids(): number[] {
    return [...this.#alive].map(({ pid }) => pid).filter((pid) => pid > 0);
  }

  /** Starts the spares that are missing. */
  warm(): void {
    while (!this.#closed && this.#pause === null && this.#lacksSpare()) this.#addSpare();
  }

  #lacksSpare(): boolean {
    return this.#idle.length === 0 || this.#idle.length + this.#out.size < this.#options.spares;
  }

  /**
   * A child that is ready for a step, the one that ran last before one that never ran.
   * @param alone one that never ran, and that nobody gives back: what a large step leaves is given back to the system
   * @throws AppError `STEP_CRASHED` when it could not be started
   */
  async take(step: StepName, { alone = false } = {}): Promise<StepChild> {
    // One that is about to come back is there sooner than one that starts.
    while (!alone && this.#idle.length === 0 && this.#returning.size > 0) await Promise.race(this.#returning);
    const member = (alone ? this.#takeUnused() : this.#idle.pop()) ?? this.#start();
    if (!alone) this.#out.set(member.child, member);
    this.#warmSoon();
    const early = await member.started;
    if (early !== null) throw new AppError('STEP_CRASHED', { step, how: describeEnd(early) }, { cause: early.output });
    this.#deaths = 0;
    return member.child;
  }

  #takeUnused(): Member | undefined {
    const place = this.#idle.findLastIndex(({ runs }) => runs === 0);
    return place < 0 ? undefined : this.#idle.splice(place, 1)[0];
  }

  /** For a child whose step is completed and recorded and whose files are removed. It stays, or is told to end. */
  giveBack(child: StepChild): Promise<void> {
    const returning = this.#return(child).finally(() => this.#returning.delete(returning));
    this.#returning.add(returning);
    return returning;
  }

  async #return(child: StepChild): Promise<void> {
    // Nobody has asked it anything: one that speaks now is not trusted with another step.
    child.listen(() => child.kill());
    const late = setTimeout(() => child.kill(), limits.childReturnMs);
    const ready = await child.ready;
    clearTimeout(late);
    const member = this.#out.get(child);
    this.#out.delete(child);
    if (ready === null || member === undefined) return;
    member.runs += 1;
    const why = this.#whyNotAgain(member, ready);
    if (why !== null) return this.#end(child, why);
    this.#idle.push(member);
    this.#trim ??= setTimeout(() => this.#trimIdle(), limits.idleChildMs).unref();
  }

  #whyNotAgain({ runs }: Member, { rssBytes, unfinished }: Ready): string | null {
    const { runs: most = limits.childRuns, keepBytes = limits.childKeepBytes } = this.#options;
    if (this.#closed) return 'the worker stops';
    if (rssBytes === undefined || unfinished === undefined) return 'it does not say how it is';
    if (unfinished.length > 0) return `its step left ${unfinished.join(', ')}`;
    if (rssBytes > keepBytes) return `it holds ${Math.round(rssBytes / 2 ** 20)} MiB`;
    return runs >= most ? `it has run ${runs} steps` : null;
  }

  async #end(child: StepChild, why: string): Promise<void> {
    this.#options.log.debug?.({ pid: child.pid }, `a child runs no other step: ${why}`);
    child.send({ type: 'end' });
    const late = setTimeout(() => child.kill(), limits.childExitMs);
    await child.ended;
    clearTimeout(late);
    this.#warmSoon();
  }

  /** After a busy time there are as many as could run at once, which a worker without work does not need. */
  #trimIdle(): void {
    this.#trim = null;
    const surplus = this.#idle.length + this.#out.size - this.#options.spares;
    for (const { child } of this.#idle.splice(0, Math.min(surplus, this.#idle.length - 1))) child.send({ type: 'end' });
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
    for (const timer of [this.#pause, this.#refill, this.#trim]) if (timer !== null) clearTimeout(timer);
    for (const child of this.#alive) child.kill();
    await Promise.all([...this.#alive].map((child) => child.ended));
  }

  #start(): Member {
    const child = startChild(this.#options);
    this.#alive.add(child);
    void child.ended.then(() => {
      this.#alive.delete(child);
      this.#out.delete(child);
    });
    const member: Member = { child, started: untilReady(child), isReady: false, runs: 0 };
    void member.started.then((end) => {
      member.isReady = end === null;
    });
    void child.ended.then((end) => this.#ended(member, end));
    return member;
  }

  #addSpare(): void {
    this.#idle.unshift(this.#start());
  }

  /** One that was idle. (Of one that had a step, its attempt says what became of it.) */
  #ended(member: Member, end: ChildEnd): void {
    const place = this.#idle.indexOf(member);
    if (place < 0 || this.#closed) return;
    this.#idle.splice(place, 1);
    this.#options.log.warn({ pid: member.child.pid, output: end.output }, `a spare child ended: ${describeEnd(end)}`);
    this.#replaceLater();
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

async function untilReady(child: StepChild): Promise<ChildEnd | null> {
  const late = setTimeout(() => child.kill(), limits.childStartMs);
  const ready = await child.ready;
  clearTimeout(late);
  return ready === null ? child.ended : null;
}
