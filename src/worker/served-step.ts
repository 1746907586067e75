/** One step inside its child: what it is given, what it says, and how it ends. */

import type { OwnStepName } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { HostMessage } from '../contract/tasks.js';
import type { Files } from '../engine/ports.js';
import type { StepContext, StepHandler } from '../steps/context.js';
import { faultOfThrow, tracebackOf } from './child-fault.js';
import { ChildVoice } from './child-voice.js';

/** What the worker lets a step use. */
export type StepMeans = Pick<StepContext, 'kernels' | 'memoryBytes' | 'threads'>;

type Order = Extract<HostMessage, { type: 'run' }>;
type StopReason = Extract<HostMessage, { type: 'stop' }>['reason'];

export class ServedStep {
  /** The ends of the threads that it started. */
  readonly threads: Promise<unknown>[] = [];
  readonly #voice = new ChildVoice();
  readonly #stop = new AbortController();
  readonly #began = performance.now();
  readonly #context: StepContext;

  constructor({ input, scratch }: Order, files: Files, means: StepMeans) {
    const voice = this.#voice;
    this.#context = {
      ...means,
      input,
      scratch,
      files,
      threads: this.#counted(means.threads),
      signal: this.#stop.signal,
      progress: (progress) => voice.progress(progress),
      metrics: (items) => voice.metrics(items),
      log: (level, code, params = {}) => voice.log({ at: new Date().toISOString(), level, code, params }),
      checkpoint: (file, epoch) => voice.checkpoint(file, epoch),
    };
  }

  /** Resolves when the step is complete and said so; one that is not ends the process. */
  async run(handlers: Record<OwnStepName, StepHandler>): Promise<void> {
    const { input, signal } = this.#context;
    try {
      if (input.name === 'custom') throw new AppError('INTERNAL', { detail: 'a custom step runs elsewhere' });
      const output = await handlers[input.name](this.#context);
      await this.#voice.lastWord({ type: 'completed', output });
    } catch (thrown) {
      // Whatever a step makes of being stopped (a stream cut off, say), the reason to stop is the reason it ended.
      await this.fail(signal.aborted ? signal.reason : thrown);
    }
  }

  /** Says why, unless the last word is spoken, and ends the process. */
  async fail(thrown: unknown): Promise<never> {
    const error = faultOfThrow(thrown, this.#context.input.name);
    const stored = { code: error.code, params: error.params };
    await this.#voice.lastWord({ type: 'failed', error: stored, traceback: tracebackOf(thrown) });
    process.exit(0);
  }

  stop(reason: StopReason): void {
    this.#stop.abort(this.#reasonToStop(reason));
  }

  #counted(threads: StepMeans['threads']): StepMeans['threads'] {
    if (threads === undefined) return undefined;
    const start: typeof threads.start = (plan) => {
      const helpers = threads.start(plan);
      this.threads.push(helpers.ended);
      return helpers;
    };
    return { ...threads, start };
  }

  #reasonToStop(reason: StopReason): AppError {
    const { name: step, workflowId: id } = this.#context.input;
    switch (reason) {
      case 'cancel':
        return new AppError('CANCELLED', { id });
      case 'drain':
        return new AppError('WORKER_STOPPED', { step });
      case 'timeout':
        return new AppError('STEP_TIMEOUT', { step, seconds: Math.round((performance.now() - this.#began) / 1000) });
      case 'lease':
        return new AppError('WORKER_LOST', { step });
    }
  }
}
