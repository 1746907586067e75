/** Entry of the process in which steps run. */
import type { Files } from '../engine/ports.js';
import { noTracer, type Tracer, traced } from '../engine/tracing.js';
import type { StepHandler } from '../steps/context.js';
import { stepHandlers } from '../steps/index.js';
import { serveStep } from './serve-step.js';
import type { StepMeans } from './served-step.js';

/** A step waits so long for its span to be taken: the process may end with the step. */
const flushMs = 300;

/** Waits for steps and runs them. `files` is the storage that they read and write. */
export function runChild(files: Files, means: StepMeans, tracer: Tracer = noTracer): void {
  serveStep(files, tracer === noTracer ? stepHandlers : withSpans(tracer), means);
}

/** Each step within a span of its own, which is part of the attempt's in the worker. */
function withSpans(tracer: Tracer): typeof stepHandlers {
  const withSpan =
    (handler: StepHandler): StepHandler =>
    async (context) => {
      const { name, workflowId, attempt, traceparent } = context.input;
      const values = { 'zincir.workflow.id': workflowId, 'zincir.step': name, 'zincir.attempt': attempt };
      try {
        return await traced(tracer, `run ${name}`, { parent: traceparent, values }, () => handler(context));
      } finally {
        await tracer.flush(flushMs);
      }
    };
  const handlers = Object.entries(stepHandlers).map(([name, handler]) => [name, withSpan(handler)]);
  return Object.fromEntries(handlers) as typeof stepHandlers; // Object.entries forgets the names.
}
