/** Steps for the worker's tests. `config.target` names how the train step behaves; the steps before it just complete. */
import { openSync } from 'node:fs';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metric, OwnStepName } from '../../../src/contract/entities.js';
import { AppError } from '../../../src/contract/errors.js';
import type { StepOutput } from '../../../src/contract/tasks.js';
import type { StepContext, StepHandler } from '../../../src/steps/context.js';

export type Script =
  | 'metrics'
  | 'crash-once'
  | 'crash-always'
  | 'busy'
  | 'epochs'
  | 'heap'
  | 'throw'
  | 'input-fault'
  | 'garbage'
  | 'neighbours'
  | 'leave-timer'
  | 'leave-file'
  | 'hold'
  | 'mark';

/** Epochs of the scripts `metrics` and `epochs`. */
export const scriptedEpochs = { metrics: 5_000, epochs: 40 };

const held: Buffer[] = [];

const done: StepOutput = { result: { done: true }, files: [] };

export const metricOf = (epoch: number): Metric => ({
  epoch,
  trainAccuracy: epoch / 10_000,
  validationAccuracy: epoch / 20_000,
  trainLoss: 1 / epoch,
  validationLoss: 2 / epoch,
});

export const scriptedSteps: Record<OwnStepName, StepHandler> = {
  upload: async () => done,
  preprocess: async () => done,
  train: async (context) => {
    // Where a test looks for the scratch directory and the process of each attempt.
    await appendFile(
      join(process.env.TEST_NOTES ?? '', `step-${context.input.stepId}`),
      `${JSON.stringify({ attempt: context.input.attempt, pid: process.pid, scratch: context.scratch })}\n`,
    );
    return (trainScripts[context.input.config.target as Script] ?? trainScripts.mark)(context);
  },
};

const trainScripts: Record<Script, StepHandler> = {
  mark: async () => done,

  neighbours: async (context) => {
    await writeFile(join(context.scratch, 'mine'), 'x');
    const neighbours = (await readdir(dirname(context.scratch))).length - 1;
    return { result: { neighbours }, files: [] };
  },

  'leave-timer': async () => {
    setInterval(() => {}, 60_000);
    return done;
  },

  'leave-file': async (context) => {
    openSync(join(context.scratch, 'left'), 'w');
    return done;
  },

  // A module's variable: what a step that leaks would hold on to.
  hold: async () => {
    held.push(Buffer.alloc(300 * 2 ** 20, 1));
    return done;
  },

  metrics: async (context) => {
    for (let epoch = 1; epoch <= scriptedEpochs.metrics; epoch += 1) {
      context.metrics([metricOf(epoch)]);
      context.progress({ done: epoch, total: scriptedEpochs.metrics, unit: 'epochs' });
      if (epoch % 100 === 0) await sleep(1);
    }
    return done;
  },

  'crash-once': async (context) => {
    await writeFile(join(context.scratch, 'half-written'), 'x');
    context.metrics([metricOf(context.input.attempt)]);
    await sleep(100);
    if (context.input.attempt === 1) process.kill(process.pid, 'SIGKILL');
    await sleep(context.input.attempt === 1 ? 10_000 : 0);
    return done;
  },

  'crash-always': async () => {
    console.error('the sky is falling');
    process.exit(7);
  },

  busy: async (context) => {
    context.log('info', 'trainingStarted', { model: 'LR' });
    await sleep(100);
    for (;;) Math.random();
  },

  epochs: async (context) => {
    let epoch = context.input.checkpoint === null ? 0 : Number(await text(context, context.input.checkpoint));
    if (epoch > 0) context.log('info', 'trainingResumed', { epoch });
    const save = async () => {
      const file = `workflows/${context.input.workflowId}/train-${context.input.attempt}/checkpoint-${epoch}`;
      await context.files.write(file, Readable.from([Buffer.from(String(epoch))]));
      context.checkpoint(file, epoch);
    };
    while (epoch < scriptedEpochs.epochs) {
      epoch += 1;
      context.metrics([metricOf(epoch)]);
      await sleep(50);
      if (epoch % 10 === 0) await save();
      if (context.signal.aborted) {
        await save();
        throw context.signal.reason;
      }
    }
    return done;
  },

  heap: async () => {
    const kept: object[] = [];
    for (;;) kept.push({ a: kept.length, b: `${kept.length}` });
  },

  throw: async () => {
    throw new Error('a bug');
  },

  'input-fault': async () => {
    throw new AppError('DIVERGED', { epoch: 3 });
  },

  garbage: async () => {
    process.send?.({ type: 'report', metrics: 'none' });
    await sleep(10_000);
    return done;
  },
};

async function text(context: StepContext, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of context.files.read(name)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
