/** One step over a prepared storage directory, alone in its process as in a worker's child. Prints JSON. */
import { readFileSync } from 'node:fs';
import { StepInput } from '../../src/contract/tasks.js';
import { stepHandlers } from '../../src/steps/index.js';
import { createFileStorage } from '../../src/storage/filesystem.js';

const [directory = '', inputPath = ''] = process.argv.slice(2);
const files = createFileStorage(directory);
const input = StepInput.parse(JSON.parse(readFileSync(inputPath, 'utf8')));
const scratch = await files.scratch(input.name);
const before = process.cpuUsage();
const began = performance.now();
const output = await stepHandlers[input.name]({
  input,
  kernels: 'auto',
  memoryBytes: 2 ** 30,
  files,
  scratch,
  signal: new AbortController().signal,
  progress: () => undefined,
  metrics: () => undefined,
  log: () => undefined,
  checkpoint: () => undefined,
});
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, processorSeconds: (user + system) / 1e6, peakMegabytes, output }));
