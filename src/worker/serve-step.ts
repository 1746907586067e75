/**
 * The child's side: one step from `run` to its last word. The process ends with the step, with the channel to
 * the host, and (should it be too busy to notice) by its watchdog.
 */
import { totalmem } from 'node:os';
import type { StepName } from '../contract/entities.js';
import { AppError, toAppError } from '../contract/errors.js';
import { HostMessage, type StepInput } from '../contract/tasks.js';
import type { Files } from '../engine/ports.js';
import type { StepContext, StepHandler } from '../steps/context.js';
import { faultOfThrow, tracebackOf } from './child-fault.js';
import { ChildVoice } from './child-voice.js';
import { startWatchdog } from './child-watchdog.js';

type StopReason = Extract<HostMessage, { type: 'stop' }>['reason'];

/** What the worker lets a step use. */
export type StepMeans = Pick<StepContext, 'kernels' | 'memoryBytes' | 'threads'>;

/** Reports `ready`, then runs the step that the host sends. Must be called in a process made by `fork`. */
export function serveStep(
  files: Files,
  handlers: Record<StepName, StepHandler>,
  means: StepMeans = { kernels: 'auto', memoryBytes: totalmem() / 4 },
): void {
  surviveTheTerminal();
  startWatchdog();
  process.on('disconnect', () => process.exit(1));

  const voice = new ChildVoice();
  const stop = new AbortController();
  let input: StepInput | null = null;
  process.on('uncaughtException', (thrown) => void endWith(voice, thrown, input));
  process.on('message', (raw) => {
    const message = HostMessage.parse(raw);
    if (message.type === 'stop') {
      stop.abort(reasonToStop(message.reason, input));
    } else {
      input = message.input;
      const context = contextOf(
        { input: message.input, scratch: message.scratch, files, signal: stop.signal, ...means },
        voice,
      );
      void runStep(handlers[message.input.name], context, voice);
    }
  });
  voice.say({ type: 'ready' });
}

/** Ctrl-C and a service manager signal the whole group; only the host decides when a step ends. */
function surviveTheTerminal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // A host that is gone no longer reads; the end of the channel ends this process.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

async function runStep(handler: StepHandler, context: StepContext, voice: ChildVoice): Promise<void> {
  try {
    const output = await handler(context);
    await voice.lastWord({ type: 'completed', output });
    process.exit(0);
  } catch (thrown) {
    // Whatever a step makes of being stopped (a stream cut off, say), the reason to stop is the reason it ended.
    await endWith(voice, context.signal.aborted ? context.signal.reason : thrown, context.input);
  }
}

async function endWith(voice: ChildVoice, thrown: unknown, input: StepInput | null): Promise<void> {
  const error = input === null ? toAppError(thrown) : faultOfThrow(thrown, input.name);
  const stored = { code: error.code, params: error.params };
  await voice.lastWord({ type: 'failed', error: stored, traceback: tracebackOf(thrown) });
  process.exit(0);
}

type Given = Pick<StepContext, 'input' | 'scratch' | 'files' | 'signal' | keyof StepMeans>;

function contextOf(given: Given, voice: ChildVoice): StepContext {
  return {
    ...given,
    progress: (progress) => voice.progress(progress),
    metrics: (items) => voice.metrics(items),
    log: (level, code, params = {}) => voice.log({ at: new Date().toISOString(), level, code, params }),
    checkpoint: (file, epoch) => voice.checkpoint(file, epoch),
  };
}

function reasonToStop(reason: StopReason, input: StepInput | null): AppError {
  const step = input?.name ?? null;
  switch (reason) {
    case 'cancel':
      return new AppError('CANCELLED', { id: input?.workflowId ?? null });
    case 'drain':
      return new AppError('WORKER_STOPPED', { step });
    case 'timeout':
      return new AppError('STEP_TIMEOUT', { step, seconds: Math.round(process.uptime()) });
    case 'lease':
      return new AppError('WORKER_LOST', { step });
  }
}
