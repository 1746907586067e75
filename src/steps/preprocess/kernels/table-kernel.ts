/** The kernels' memory, which a table's numbers lie in, and their queue of tasks: see ./assembly/index.ts. */
import type { StepContext } from '../../context.js';
import { kernelBytes } from './generated/kernels.js';

/** An address in the module's memory, in bytes. */
export type Pointer = number;

interface KernelExports {
  freeFrom(): Pointer;
  help(crew: Pointer, thread: number): number;
}

// Offsets of ./assembly/index.ts.
const words = { posted: 0, claimed: 64, stopping: 128, failed: 192, ring: 512 } as const;
const ringTasks = 256;
const taskBytes = 64;
const crewBytes = words.ring + ringTasks * taskBytes;
/** Words that tasks read: offsets of ./assembly/. */
export const settings = { threads: 320, fit: 324, transform: 340 } as const;
export const taskKinds = { fit: 1, transform: 2 } as const;

const pageBytes = 65536;
const mostPages = 65536;
/** A wait looks up this often, and so many times for one task. */
const napMs = 10;
const mostNaps = 6000;

/** Doubles in a shared memory; only ever handed out. */
export class TableKernel {
  /** Threads at work at most, the caller's included. */
  readonly threads: number;
  private readonly run: KernelExports;
  private readonly crew: Pointer;
  private top: Pointer;
  private posted = 0;
  private helper: { end(): void } | null = null;

  private constructor(
    private readonly module: WebAssembly.Module,
    private readonly memory: WebAssembly.Memory,
    private readonly helpers: StepContext['threads'],
  ) {
    // The generated module exports exactly what its source says; tests compare it with the plain loops.
    this.run = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
    this.top = this.run.freeFrom();
    this.crew = this.reserve(crewBytes);
    this.threads = Math.max(1, Math.min(helpers?.count ?? 1, 4));
    this.words(this.crew + settings.threads, 1)[0] = this.threads;
  }

  /** @returns null where the engine cannot run it, or it is not to */
  static open({ kernels, threads }: Pick<StepContext, 'kernels' | 'threads'>): TableKernel | null {
    if (kernels === 'plain') return null;
    try {
      const module = new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (letter) => letter.charCodeAt(0)));
      const memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
      return new TableKernel(module, memory, threads);
    } catch (fault) {
      if (fault instanceof RangeError || fault instanceof WebAssembly.CompileError) return null;
      throw fault;
    }
  }

  /** Zeroed memory at a multiple of 64. @throws RangeError where there is no more */
  reserve(bytes: number): Pointer {
    const start = Math.ceil(this.top / 64) * 64;
    const missing = start + bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageBytes));
    this.top = start + bytes;
    return start;
  }

  doubles(start: Pointer, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, start, count);
  }

  words(start: Pointer, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, start, count);
  }

  /** Says what the tasks of a kind share. All tasks of that kind posted before must be finished. */
  set(setting: number, values: readonly number[]): void {
    this.words(this.crew + setting, values.length).set(values);
  }

  /** Wakes the helpers, who come in a while; nothing waits for them. */
  summon(): void {
    if (this.threads === 1) return;
    const { module, memory, crew } = this;
    this.helper ??= this.helpers?.start({ module, memory, crew, failed: crew + words.failed }) ?? null;
  }

  /**
   * Lays a task into the queue; answers its number.
   * @param wakes a helper that sleeps: worth it for tasks of a millisecond, as waking one may cost the caller as much
   */
  post(kind: number, values: readonly number[], { wakes }: { wakes: boolean }): number {
    const task = this.posted;
    if (task >= ringTasks) this.finish(task - ringTasks);
    this.words(this.placeOf(task) + 4, 1 + values.length).set([kind, ...values]);
    this.posted++;
    const crew = this.words(this.crew, words.ring / 4);
    Atomics.store(crew, words.posted / 4, this.posted);
    if (wakes) Atomics.notify(crew, words.posted / 4, 1);
    return task;
  }

  /** Works on what is waiting until a task is done, by whomever. @throws Error when its helper died */
  finish(task: number): void {
    const done = this.words(this.placeOf(task), 1);
    const crew = this.words(this.crew, words.ring / 4);
    for (let naps = 0; Atomics.load(done, 0) < task + 1; ) {
      if (this.run.help(this.crew, 0) !== 0) continue;
      const seen = Atomics.load(done, 0);
      if (seen >= task + 1) return;
      if (Atomics.load(crew, words.failed / 4) !== 0 || naps++ > mostNaps) {
        throw new Error('a thread that fits the columns ended before its work was done');
      }
      Atomics.wait(done, 0, seen, napMs);
    }
  }

  /** Where the word lies that is more than a task's number once the task is done. */
  doneAt(task: number): Pointer {
    return this.placeOf(task);
  }

  /** What another thread needs to take tasks. */
  get plan(): { module: WebAssembly.Module; memory: WebAssembly.Memory; crew: Pointer } {
    const { module, memory, crew } = this;
    return { module, memory, crew };
  }

  /** Tasks that nobody has taken. */
  get waiting(): number {
    return this.posted - Atomics.load(this.words(this.crew, words.ring / 4), words.claimed / 4);
  }

  /** Ends the helpers. */
  close(): void {
    const crew = this.words(this.crew, words.ring / 4);
    Atomics.store(crew, words.stopping / 4, 1);
    Atomics.notify(crew, words.posted / 4);
    this.helper?.end();
    this.helper = null;
  }

  private placeOf(task: number): Pointer {
    return this.crew + words.ring + (task % ringTasks) * taskBytes;
  }
}
