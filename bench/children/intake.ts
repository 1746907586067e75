/**
 * One step over a prepared storage directory, alone in its process as in a worker's child. Prints JSON. The third
 * argument is the memory that training may take, in bytes.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { StepInput } from '../../src/contract/tasks.js';
import { stepHandlers } from '../../src/steps/index.js';
import { trainHandler } from '../../src/steps/train.js';
import { createFileStorage } from '../../src/storage/filesystem.js';
import { kernelThreads } from '../../src/worker/kernel-threads.js';

const [directory = '', inputPath = '', memoryBytes = String(2 ** 40)] = process.argv.slice(2);
const files = createFileStorage(directory);
const input = StepInput.parse(JSON.parse(readFileSync(inputPath, 'utf8')));
if (input.name === 'custom') throw new Error('a custom step runs elsewhere');
const scratch = await files.scratch(input.name);
/** When each epoch was reported. */
const epochAt: number[] = [];
const handlers = { ...stepHandlers, train: trainHandler({ metricsMs: 0, checkpointMs: 3_600_000 }) };
const before = process.cpuUsage();
const began = performance.now();
const output = await handlers[input.name]({
  input,
  kernels: 'auto',
  threads: kernelThreads(Number(process.env.BENCH_THREADS ?? availableParallelism())),
  memoryBytes: Number(memoryBytes),
  files,
  scratch,
  signal: new AbortController().signal,
  progress: () => undefined,
  metrics: () => epochAt.push(performance.now()),
  log: () => undefined,
  checkpoint: () => undefined,
});
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
const epochMs = epochAt.slice(1).map((at, i) => at - (epochAt[i] ?? 0));
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, processorSeconds: (user + system) / 1e6, peakMegabytes, epochMs, output }));
