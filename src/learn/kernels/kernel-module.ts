import { powers, tails } from '../exact-exp.js';
import { power } from '../linear/sgd-pass.js';
import { kernelBytes } from './generated/kernels.js';

/** An address in the module's memory, in bytes. */
export type Pointer = number;

/** What the WebAssembly module exports; the sources in ./assembly say what each does. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  /** Where free memory begins. */
  freeFrom(): Pointer;
  expTable(): Pointer;
  exp(x: number): number;
  passOne(problem: Pointer, x: Pointer, from: number, to: number): void;
  passFour(p: Pointer, q: Pointer, r: Pointer, s: Pointer, x: Pointer, from: number, to: number): void;
  passFive(p: Pointer, q: Pointer, r: Pointer, s: Pointer, t: Pointer, x: Pointer, from: number, to: number): void;
  /** Does a job (see ./assembly/jobs.ts) together with helpers, who are inside `serve`. */
  work(crew: Pointer, task: number, job: Pointer): void;
  serve(crew: Pointer, thread: number): void;
  networkLoad(job: Pointer): void;
  squaredNorms(x: Pointer, rows: number, columns: number, norms: Pointer): void;
  decide(
    x: Pointer,
    rows: number,
    columns: number,
    coef: Pointer,
    intercept: Pointer,
    classes: number,
    decisions: Pointer,
  ): void;
  hits(): number;
  scoreHinge(decisions: Pointer, codes: Pointer, rows: number, columns: number): number;
  scoreLogistic(decisions: Pointer, codes: Pointer, rows: number, columns: number): number;
  scoreNetwork(outputs: Pointer, codes: Pointer, rows: number, columns: number): number;
  multiply(
    a: Pointer,
    rowStep: number,
    columnStep: number,
    b: Pointer,
    c: Pointer,
    m: number,
    n: number,
    k: number,
  ): void;
  placeRows(x: Pointer, rows: number, columns: number, places: Pointer, train: Pointer, validation: Pointer): void;
  takeRows(x: Pointer, order: Pointer, count: number, columns: number, out: Pointer): void;
  gather(
    x: Pointer,
    codes: Pointer,
    order: Pointer,
    from: number,
    count: number,
    columns: number,
    outX: Pointer,
    outCodes: Pointer,
  ): void;
  transpose(w: Pointer, rows: number, columns: number, out: Pointer, line: number): void;
  addBiases(z: Pointer, biases: Pointer, rows: number, columns: number, activation: number): void;
  outputDelta(z: Pointer, codes: Pointer, rows: number, columns: number, losses: Pointer): void;
  derive(a: Pointer, delta: Pointer, count: number, activation: number): void;
  columnSums(a: Pointer, rows: number, columns: number, sums: Pointer): void;
  nesterov(
    w: Pointer,
    g: Pointer,
    v: Pointer,
    count: number,
    alpha: number,
    rows: number,
    momentum: number,
    rate: number,
  ): number;
  adam(
    w: Pointer,
    g: Pointer,
    m: Pointer,
    v: Pointer,
    count: number,
    alpha: number,
    rows: number,
    rate: number,
  ): number;
}

const pageBytes = 65536;
/** WebAssembly addresses 4 GiB; more rows than fit are trained by the plain loops. */
const mostBytes = 65536 * pageBytes;

let compiled: WebAssembly.Module | null | undefined;

/** The compiled module, made once a process; null where the engine has no WebAssembly with SIMD. */
function compiledModule(): WebAssembly.Module | null {
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (letter) => letter.charCodeAt(0)));
    } catch {
      compiled = null;
    }
  }
  return compiled;
}

/** One instance of the kernels with a memory of its own, handed out from the bottom and never given back. */
export class KernelModule {
  readonly run: KernelExports;
  private top: Pointer;

  private constructor(
    readonly module: WebAssembly.Module,
    memory: WebAssembly.Memory,
  ) {
    const instance = new WebAssembly.Instance(module, { env: { memory }, host: { power } });
    // The generated module exports exactly what its source says; a test calls every function.
    this.run = instance.exports as unknown as KernelExports;
    this.top = this.run.freeFrom();
    const table = this.doubles(this.run.expTable(), 256);
    powers.forEach((power, i) => {
      table[2 * i] = tails[i] ?? 0;
      table[2 * i + 1] = power;
    });
  }

  /**
   * @param bytes what will be asked of `reserve`, at most; null when the engine or its memory cannot.
   * The memory is shared, so that other threads may help; with one thread that costs nothing.
   */
  static open(bytes: number): KernelModule | null {
    const module = compiledModule();
    // The module's own data lies below `freeFrom`, within its first page.
    if (!module || bytes + pageBytes > mostBytes) return null;
    const pages = 1 + Math.ceil(bytes / pageBytes);
    try {
      return new KernelModule(module, new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  /** Reserves zeroed memory at a multiple of 16. @throws RangeError beyond what `open` was told */
  reserve(bytes: number): Pointer {
    const start = Math.ceil(this.top / 16) * 16;
    if (start + bytes > this.run.memory.buffer.byteLength) throw new RangeError('kernel memory is full');
    this.top = start + bytes;
    return start;
  }

  /** A view of `count` doubles. */
  doubles(start: Pointer, count: number): Float64Array {
    return new Float64Array(this.run.memory.buffer, start, count);
  }

  /** A view of `count` whole numbers. */
  integers(start: Pointer, count: number): Int32Array {
    return new Int32Array(this.run.memory.buffer, start, count);
  }

  /** Copies numbers in; the address is where they start. */
  put(values: Float64Array | Int32Array): Pointer {
    const start = this.reserve(values.byteLength);
    if (values instanceof Float64Array) this.doubles(start, values.length).set(values);
    else this.integers(start, values.length).set(values);
    return start;
  }
}
