/**
 * Threads that help the numerics: each runs the kernels' module over the memory of the thread that trains.
 * The numerics know nothing of threads but this port.
 */
import { Worker } from 'node:worker_threads';
import type { StepContext } from '../steps/context.js';

type Threads = NonNullable<StepContext['threads']>;
type Plan = Parameters<Threads['start']>[0];

/**
 * Text, not a file: the child is one bundled script. A helper that ends early, whatever the reason, says so in the
 * one place where the thread that waits for it can see it.
 */
const program = `
const { workerData } = require('node:worker_threads');
const { module, memory, crew, failed, number } = workerData;
let ended = false;
const fail = () => { if (!ended) Atomics.store(new Int32Array(memory.buffer), failed / 4, 1); };
process.on('exit', fail);
try {
  const imports = { env: { memory }, host: { power: (t, exponent) => t ** exponent } };
  new WebAssembly.Instance(module, imports).exports.serve(crew, number);
  ended = true;
} catch (error) {
  fail();
  throw error;
}
`;

/** @param count threads at work in all, the caller's included */
export function kernelThreads(count: number): Threads {
  return { count, start: (plan) => startHelpers(plan, count - 1) };
}

function startHelpers(plan: Plan, count: number): ReturnType<Threads['start']> {
  const { module, memory, crew, failed } = plan;
  let ending = false;
  const fail = (): void => {
    if (!ending) Atomics.store(new Int32Array(memory.buffer), failed / 4, 1);
  };
  const workers = Array.from({ length: count }, (_, i) => {
    const worker = new Worker(program, {
      eval: true,
      workerData: { module, memory, crew, failed, number: i + 1 },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    worker.on('error', fail);
    worker.on('exit', fail);
    worker.unref();
    return worker;
  });
  const ends = workers.map((worker) => new Promise<void>((resolve) => void worker.once('exit', () => resolve())));
  return {
    ended: Promise.all(ends).then(() => undefined),
    end() {
      ending = true;
      for (const worker of workers) void worker.terminate();
    },
  };
}
