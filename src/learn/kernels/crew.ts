import type { KernelModule, Pointer } from './kernel-module.js';

/** What a thread needs to help: it instantiates the module over the memory and calls `serve(crew, number)`. */
interface CrewPlan {
  readonly module: WebAssembly.Module;
  /** Shared by all threads; imported as `env.memory`. */
  readonly memory: WebAssembly.Memory;
  /** Address of the crew's words. */
  readonly crew: Pointer;
  /** Byte address of a 32-bit word that a helper which ends early sets to 1. */
  readonly failed: Pointer;
}

/** Helpers that were started. */
export interface Helpers {
  /** Gives back what they hold; they have been told to end. */
  end(): void;
  /** Resolves when the last of them has ended. */
  readonly ended: Promise<void>;
}

/**
 * Threads beside the caller's, supplied from outside: this room imports nothing.
 * Helpers may be as late as they like, or never come: what they do not take, the caller's thread does.
 */
export interface Threads {
  /** Threads at work in all, the caller's included; 1 starts none. */
  readonly count: number;
  /** Starts helpers numbered 1 to `count - 1`. */
  start(plan: CrewPlan): Helpers;
  /** So long without a sign of life from any thread while one is waited for, in ms, is a failure; 60,000. */
  readonly patienceMs?: number | undefined;
  /** Multiplications below which no helper is started; the default is what a helper takes to come. */
  readonly leastWork?: number | undefined;
}

/** A helping thread ended before its work was done; what it was to compute is missing. */
export class ThreadLostError extends Error {
  override readonly name = 'ThreadLostError';
  constructor(options?: ErrorOptions) {
    super('a thread that helped to train ended before its work was done', options);
  }
}

/** Offsets of the words in ./assembly/crew.ts. */
const offsets = { generation: 0, stopping: 64, failed: 448, size: 520, patience: 524 } as const;
const crewBytes = 576;
/** Multiplications a job below which no helper is started: waking it would take as long. */
const leastAtOnce = 200_000;
/** Multiplications in which a helper comes: a shorter run is over before. */
const leastWork = 30_000_000;
/** A wait in ./assembly/crew.ts looks up this often. */
const napMs = 10;

/** Of a job's number in ./assembly/jobs.ts. */
export type Task = 1 | 2;

/** The caller's end of a crew: starts the helpers with the first job, and ends them. */
export class Crew {
  /** Memory that a crew takes, with what aligning it may cost. */
  static readonly bytes = crewBytes + 64;

  readonly size: number;
  private readonly address: Pointer;
  private readonly words: Int32Array;
  private helpers: Helpers | null = null;
  private closed = false;
  private done = 0;

  constructor(
    private readonly kernels: KernelModule,
    private readonly threads: Threads | undefined,
  ) {
    this.size = Math.max(1, threads?.count ?? 1);
    this.address = Math.ceil(kernels.reserve(Crew.bytes) / 64) * 64;
    this.words = kernels.integers(this.address, crewBytes / 4);
    this.words[offsets.size / 4] = this.size;
    this.words[offsets.patience / 4] = Math.ceil((threads?.patienceMs ?? 60_000) / napMs);
  }

  /** Does a job of so many multiplications, with the helpers that come. @throws ThreadLostError */
  work(task: Task, job: Pointer, multiplications: number): void {
    this.throwIfFailed();
    this.done += multiplications;
    const least = this.threads?.leastWork ?? leastWork;
    if (multiplications >= Math.min(leastAtOnce, least) && this.done >= least) this.start();
    try {
      this.kernels.run.work(this.address, task, job);
    } catch (thrown) {
      this.words[offsets.failed / 4] = 1;
      throw this.size > 1 ? new ThreadLostError({ cause: thrown }) : thrown;
    }
    this.throwIfFailed();
  }

  /** Ends the helpers. No job is done any more. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    Atomics.store(this.words, offsets.stopping / 4, 1);
    Atomics.add(this.words, offsets.generation / 4, 2); // Even as before: no job is open.
    Atomics.notify(this.words, offsets.generation / 4);
    this.helpers?.end();
  }

  private start(): void {
    if (this.size === 1 || this.helpers !== null || this.threads === undefined) return;
    const { module, run } = this.kernels;
    const failed = this.address + offsets.failed;
    this.helpers = this.threads.start({ module, memory: run.memory, crew: this.address, failed });
  }

  private throwIfFailed(): void {
    if (this.closed) throw new Error('the trainer is closed');
    if (Atomics.load(this.words, offsets.failed / 4) !== 0) throw new ThreadLostError();
  }
}
