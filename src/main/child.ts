/** The process in which one step runs. */
import { AppError } from '../contract/errors.js';
import { runChild } from '../worker/child.js';
import { kernelThreads } from '../worker/kernel-threads.js';
import { memoryBytes } from './memory.js';
import { openFiles } from './open-files.js';
import { version } from './package.js';
import { openTracer } from './tracing.js';

const url = process.env.ZINCIR_STORAGE_URL;
if (url === undefined)
  throw new AppError('SETTING_INVALID', { setting: 'ZINCIR_STORAGE_URL', value: '', rule: 'set by the worker' });
const means = {
  kernels: process.env.ZINCIR_KERNELS === 'plain' ? 'plain' : 'auto',
  memoryBytes: memoryBytes(process.env.ZINCIR_MEMORY),
  threads: kernelThreads(Number(process.env.ZINCIR_THREADS ?? 1)),
} as const;
runChild(await openFiles(url), means, await openTracer(process.env, 'child', version));
