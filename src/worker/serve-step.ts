/**
 * The child's side: one step after the other, each from `run` to its last word. The process ends with a step that did
 * not complete, with the channel to the host, and (should it be too busy to notice) by its watchdog.
 */
import { totalmem } from 'node:os';
import type { OwnStepName } from '../contract/entities.js';
import { HostMessage } from '../contract/tasks.js';
import type { Files } from '../engine/ports.js';
import type { StepHandler } from '../steps/context.js';
import { startWatchdog } from './child-watchdog.js';
import { limits } from './limits.js';
import { ServedStep, type StepMeans } from './served-step.js';
import { watchUnfinished } from './unfinished.js';

/** Reports `ready`, then runs the steps that the host sends. Must be called in a process made by `fork`. */
export function serveStep(
  files: Files,
  handlers: Record<OwnStepName, StepHandler>,
  means: StepMeans = { kernels: 'auto', memoryBytes: totalmem() / 4 },
): void {
  surviveTheTerminal();
  startWatchdog();
  process.on('disconnect', () => process.exit(1));

  let current: ServedStep | null = null;
  let isLast = false;
  let unfinished: ReturnType<typeof watchUnfinished> | null = null;
  process.on('uncaughtException', (thrown) => {
    if (current !== null) return void current.fail(thrown);
    console.error(thrown);
    process.exit(1);
  });
  const serve = async (step: ServedStep): Promise<void> => {
    unfinished ??= watchUnfinished();
    await step.run(handlers);
    if (isLast) process.exit(0);
    await files.forgetPaths();
    const left = await unfinished(step.threads);
    if (isLast) process.exit(0);
    current = null;
    sayReady(left);
  };
  process.on('message', (raw) => {
    const message = HostMessage.parse(raw);
    switch (message.type) {
      case 'end':
        if (current === null) process.exit(0);
        isLast = true;
        return;
      case 'stop':
        // Between two steps there is nothing to stop.
        return current?.stop(message.reason);
      case 'run':
        current = new ServedStep(message, files, means);
        void serve(current);
    }
  });
  sayReady([]);
}

/** The collector is asked only where the host would else let this process go: it takes some 30 ms. */
function sayReady(unfinished: string[]): void {
  if (process.memoryUsage.rss() > limits.childKeepBytes) globalThis.gc?.();
  process.send?.({ type: 'ready', rssBytes: process.memoryUsage.rss(), unfinished }, () => {});
}

/** Ctrl-C and a service manager signal the whole group; only the host decides when a step ends. */
function surviveTheTerminal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // A host that is gone no longer reads; the end of the channel ends this process.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}
