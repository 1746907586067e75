/** An attempt as those see it who watch from outside: lines of the log that name what they are about, and a span of a trace. */
import type { LogEntry, TaskMessage } from '../contract/tasks.js';
import type { AttemptEnd } from '../engine/operations/worker-ports.js';
import type { ClaimedStep } from '../engine/ports.js';
import type { Tracer } from '../engine/tracing.js';
import type { WorkerLog } from './worker-options.js';

/** Under these names every line about a step can be found, of the worker and of its children. */
export interface LogIds {
  readonly workflow: number;
  readonly step: string;
  readonly task: string;
  readonly attempt: number;
  readonly worker: string;
}

export const idsOf = ({ input, taskId }: ClaimedStep, worker: string): LogIds => ({
  workflow: input.workflowId,
  step: input.name,
  task: taskId,
  attempt: input.attempt,
  worker,
});

/** A log whose every line has the ids too. */
export const logFor = (log: WorkerLog, ids: LogIds): WorkerLog => ({
  info: (fields, message) => log.info({ ...ids, ...fields }, message),
  warn: (fields, message) => log.warn({ ...ids, ...fields }, message),
  error: (fields, message) => log.error({ ...ids, ...fields }, message),
});

/** What a child says to its workflow's log goes to the worker's too; what is of interest to a developer alone does not. */
export function forwardEntries(log: WorkerLog, entries: readonly LogEntry[]): void {
  for (const { at, level, code, params } of entries) {
    const fields = { child: { at, code, params } };
    if (level === 'error') log.error(fields, code);
    else if (level === 'warning') log.warn(fields, code);
    else if (level === 'info') log.info(fields, code);
  }
}

/** Runs the attempt within a span of which the child's is a part. */
export async function watchAttempt(
  { tracer, log, worker }: { tracer: Tracer; log: WorkerLog; worker: string },
  message: TaskMessage,
  claimed: ClaimedStep,
  run: (claimed: ClaimedStep) => Promise<AttemptEnd>,
): Promise<AttemptEnd> {
  const ids = idsOf(claimed, worker);
  const span = tracer.start(`process ${message.name}`, {
    kind: 'consumer',
    parent: message.traceparent,
    values: {
      'messaging.operation.type': 'process',
      'messaging.destination.name': message.name,
      'messaging.message.id': message.id,
      'zincir.workflow.id': ids.workflow,
      'zincir.step': ids.step,
      'zincir.attempt': ids.attempt,
      'zincir.worker': worker,
    },
  });
  const own = logFor(log, ids);
  const began = performance.now();
  const input = span.traceparent === null ? claimed.input : { ...claimed.input, traceparent: span.traceparent };
  return span.run(async () => {
    own.info({}, 'a step begins');
    const end = await run({ ...claimed, input });
    const fields = { outcome: end.outcome, ms: Math.round(performance.now() - began), code: end.error?.code };
    if (end.outcome === 'failed' || end.outcome === 'retried') own.warn(fields, 'a step ended with a fault');
    else own.info(fields, 'a step ended');
    span.set({ 'zincir.outcome': end.outcome });
    span.end(end.error === null ? undefined : new Error(`${end.error.code} ${JSON.stringify(end.error.params)}`));
    return end;
  });
}
