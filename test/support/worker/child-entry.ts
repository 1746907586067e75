/** A child process for the worker's tests: the real protocol and storage, and steps that behave as a test needs. */
import { createFileStorage } from '../../../src/storage/filesystem.js';
import { serveStep } from '../../../src/worker/serve-step.js';
import { scriptedSteps } from './scripted-steps.js';

serveStep(createFileStorage(process.env.TEST_STORAGE ?? ''), scriptedSteps);
