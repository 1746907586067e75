/** A child process with the real steps. It notes its pid, so that a test can kill it, and saves checkpoints often. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepHandlers } from '../../../src/steps/index.js';
import { trainHandler } from '../../../src/steps/train.js';
import { createFileStorage } from '../../../src/storage/filesystem.js';
import { serveStep } from '../../../src/worker/serve-step.js';

appendFileSync(join(process.env.TEST_NOTES ?? '', 'pids'), `${process.pid}\n`);
const files = createFileStorage(process.env.TEST_STORAGE ?? '');
serveStep(files, { ...stepHandlers, train: trainHandler({ checkpointMs: 50 }) });
