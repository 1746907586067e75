/** Entry of the process in which one step runs. */
import type { Files } from '../engine/ports.js';
import { stepHandlers } from '../steps/index.js';
import { type StepMeans, serveStep } from './serve-step.js';

/** Waits for one step, runs it and ends the process. `files` is the storage that the step reads and writes. */
export function runChild(files: Files, means: StepMeans): void {
  serveStep(files, stepHandlers, means);
}
